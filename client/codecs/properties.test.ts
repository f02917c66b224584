// What holds of the codecs for all inputs. `LAB_CASES=1000000 npx vitest run client/codecs/properties.test.ts` tries so many in all, and tells the number.
import { afterAll, describe, expect, test } from 'vitest'
import { acceptLaws } from './accept.fixture.ts'
import { conversationLaws } from './conversation.fixture.ts'
import { engineLaws } from './engine-io.fixture.ts'
import { eventLaws } from './events.fixture.ts'
import { frameLaws } from './frames.fixture.ts'
import { httpLaws } from './http.fixture.ts'
import { inflateLaws } from './inflate.fixture.ts'

const groups = {
  'HTTP/1.1': httpLaws,
  'event streams': eventLaws,
  'WebSocket frames': frameLaws,
  packets: engineLaws,
  'the accept key': acceptLaws,
  'permessage-deflate': inflateLaws,
  'whole connections': conversationLaws,
}
const laws = Object.values(groups).flat()

const { LAB_CASES = '' } = process.env
if (!/^\d{0,9}$/.test(LAB_CASES)) throw new Error(`LAB_CASES must be a whole number, got "${LAB_CASES}"`)
const isLong = LAB_CASES !== ''
const each = isLong ? Math.ceil(Number(LAB_CASES) / laws.length) : 60
const HOUR_MS = 3_600_000

let done = 0
let slowest = { title: '', ms: 0 }

describe.each(Object.entries(groups))('%s', (group, own) => {
  test.each(own.map(law => [law.title, law] as const))(
    '%s',
    (title, law) => {
      const { slowestMs } = law.run(each)
      done += each
      if (slowestMs > slowest.ms) slowest = { title: `${group}: ${title}`, ms: slowestMs }
      expect(slowestMs).toBeGreaterThanOrEqual(0)
    },
    isLong ? HOUR_MS : undefined,
  )
})

afterAll(() => {
  if (!isLong) return
  const cases = `${done.toLocaleString('en')} cases of ${laws.length} properties`
  process.stdout.write(`${cases}; the slowest took ${slowest.ms.toFixed(0)} ms (${slowest.title})\n`)
})

import { expect, onTestFinished, test } from 'vitest'
import { MIN_POLL_MS } from '../../../server/demo/phone-wire.ts'
import type { Joined } from '../../../server/demo/wire.ts'
import { nodeNetwork } from '../../network/node.ts'
import { deferred, scriptedServer } from '../../scripted-server.fixture.ts'
import { joinClass } from './member.ts'

test('a phone polls no faster than the demo allows, whatever a server tells it', async () => {
  const polled = deferred()
  const atMs: number[] = []
  const server = await scriptedServer({
    http(_, response) {
      response.end('{"cursor":"e.0","missed":0,"notices":[]}')
      if (atMs.push(performance.now()) === 4) polled.resolve()
    },
  })
  const abort = new AbortController()
  onTestFinished(() => {
    abort.abort()
    return server.close()
  })
  const told: Joined = {
    ...{
      nowMs: Date.now(),
      phone: 1,
      transport: 'short-polling',
      cursor: 'e.0',
      headSeq: 0,
      requests: 0,
      bytesUp: 0,
      bytesDown: 0,
    },
    ...{ scene: null, pollIntervalMs: 0.001, isOver: false },
  }
  await joinClass({
    baseUrl: server.baseUrl,
    code: 'x',
    key: 'a-phone-of-the-test_22',
    network: nodeNetwork(),
    ask: async () => ({ status: 200, body: told }),
    signal: abort.signal,
    on: {},
  })
  await polled.promise
  expect(atMs[3]! - atMs[0]!).toBeGreaterThanOrEqual(2 * MIN_POLL_MS)
})

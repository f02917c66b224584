// A little of what `npm run fuzz` sends, to a server in this process.
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { sampleRun } from '../../results/sample-run.fixture.ts'
import { type RunningServer, startServer } from '../../server/app.ts'
import { parseServerOptions } from '../../server/command-line.ts'
import { mountDemo } from '../../server/lazy-demo.ts'
import type { ServerOptions } from '../../server/options.ts'
import { pages } from '../../server/pages.ts'
import type { Conversation } from './conversation.ts'
import { demo } from './demo.ts'
import { files, readBack } from './files.ts'
import { frames } from './frames.ts'
import { watchHealth } from './health.ts'
import { hold } from './hold.ts'
import { requests } from './requests.ts'
import { sessions } from './sessions.ts'

const samples = {
  run: sampleRun({ transports: ['sse'], rounds: 1 }),
  recording: [
    '{"kind":"start","t":0,"version":1,"startedAtMs":1795440153730,"lanes":["sse"]}',
    '{"kind":"transit","t":5,"to":9,"lane":"sse","client":0,"connection":0,"direction":"up","what":"request","bytes":496,"seqs":[1,2]}',
    '{"kind":"votes","t":6,"scene":"x","counts":[1,2]}',
    '{"kind":"counts","t":7,"lanes":{"sse":{"open":1,"requests":1,"bytesUp":1,"bytesDown":1,"delivered":1,"delaySumMs":1,"missed":0}}}',
  ],
}

let folder = ''
let server: RunningServer
const control = (): string => join(folder, 'inner', 'control.sock')
const results = (): string => join(folder, 'results')

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-fuzz-test-'))
  const options = parseServerOptions(['--port', '0', '--control', control()], {}) as ServerOptions
  server = await startServer(options, mounting => {
    mountDemo(mounting, join(folder, 'none.ndjson'))
    mounting.app.use(pages({ distDir: folder, resultsDir: results(), samplesDir: join(folder, 'samples') }))
  })
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

async function holdAll(batch: readonly Conversation[]): Promise<void> {
  const { epoch, head } = server.log
  const found = await Promise.all(
    batch.map((conversation, i) => {
      const run = `fuzzed-${i}`
      if (conversation.file !== undefined) {
        mkdirSync(join(results(), run), { recursive: true })
        writeFileSync(join(results(), run, 'run.json'), conversation.file, 'latin1')
      }
      const place = { port: server.port, control: control(), epoch, head, run }
      return conversation.writes.length > 0 ? hold(place, conversation) : undefined
    }),
  )
  expect(found.filter(Boolean)).toEqual([])
}

const kinds: Readonly<Record<string, readonly fc.Arbitrary<Conversation>[]>> = {
  'requests, publishing and cursors': requests,
  'frames and packets': frames,
  sessions,
  "the demo's requests": demo,
  'runs and recordings': files(samples),
}

it.each(Object.keys(kinds))('whatever comes as %s, the server answers, and nothing fails or is logged', async kind => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(...kinds[kind]!), { minLength: 1, maxLength: 12, size: 'max' }),
        async batch => {
          await holdAll(batch)
          await watchHealth(server.port).stop()
          expect(logged.mock.calls).toEqual([])
          logged.mockClear()
        },
      ),
      { numRuns: 40 },
    )
  } finally {
    logged.mockRestore()
  }
})

it('a file that is read back is refused with a sentence, or taken', () => {
  fc.assert(
    fc.property(fc.oneof(...files(samples)), file => {
      expect(readBack(file)).toBeUndefined()
    }),
    { numRuns: 300 },
  )
})

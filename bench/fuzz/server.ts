// The server that is fuzzed: a process with a small heap, a demo that is live in it, and what is read of it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { phonePaths } from '../../server/demo/phone-wire.ts'
import { demoPaths } from '../../server/demo/wire.ts'
import { parseCursor } from '../../server/protocol.ts'
import { makeFolder, removeFolder } from '../machine/folders.ts'
import { startServerProcess } from '../machine/server-process.ts'
import type { Conversation } from './conversation.ts'
import { CODE, TOKEN } from './demo.ts'
import type { Place } from './hold.ts'
import { PHONE_KEY } from './requests.ts'

const HEAP_MB = 256
const args = [
  '--heartbeat-ms',
  '2000',
  '--max-queued-bytes',
  String(64 * 1024 ** 2),
  '--log-bytes',
  String(1024 ** 2),
  '--log-capacity',
  '2000',
]

export interface Memory {
  readonly rssBytes: number
  /** Right after a collection. */
  readonly heapBytes: number
}

export interface Fuzzed {
  readonly port: number
  /** Rejects once it ends by itself. */
  readonly died: Promise<never>
  /** All that it wrote on stderr. */
  said(): string
  /** Makes all ready for conversations; gives the places where they are held. */
  prepare(batch: readonly Conversation[]): Promise<Place[]>
  memory(): Promise<Memory>
  /** p99 since it was asked last, ms. */
  loopDelayMs(): Promise<number>
  end(): Promise<void>
}

export async function startFuzzed(): Promise<Fuzzed> {
  const results = await makeFolder('fuzz')
  const server = await startServerProcess([...args, '--results', results], undefined, [
    `--max-old-space-size=${HEAP_MB}`,
    '--expose-gc',
  ])
  const { url, socketPath, died } = server
  let said = ''
  server.process.stderr?.on('data', text => (said += text))
  let engine: WebSocket | undefined
  // Its start is no delay.
  await server.status(true)

  /** The demo is live, whatever was sent to it before, and somebody has joined. */
  async function goLive(): Promise<void> {
    if (engine?.readyState === WebSocket.OPEN) return
    const socket = new WebSocket(`ws+unix://${socketPath}:${demoPaths.engine}`)
    engine = socket
    socket.on('error', () => {})
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject))
    socket.send(JSON.stringify({ start: { startedAtMs: Date.now(), token: TOKEN, code: CODE, joinUrls: [] } }))
    // Once it is a scene that stands, votes count.
    socket.send(JSON.stringify({ events: [{ kind: 'scene', t: 1, scene: 'requests', phase: 'ask' }] }))
    for (let tries = 0; tries < 100; tries++) {
      const answer = await fetch(url + phonePaths.phones, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code: CODE, key: PHONE_KEY }),
      })
      await answer.arrayBuffer()
      if (answer.ok) return
    }
  }

  return {
    port: Number(new URL(url).port),
    died,
    said: () => said,
    async prepare(batch) {
      await goLive()
      const { log } = await server.status()
      const { epoch, seq } = parseCursor(log.cursor)!
      let runs = 0
      return batch.map(({ file, writes }) => {
        const run = `fuzzed-${runs}`
        if (file !== undefined && writes.length > 0) {
          runs++
          mkdirSync(join(results, run), { recursive: true })
          writeFileSync(join(results, run, 'run.json'), file, 'latin1')
        }
        return { port: Number(new URL(url).port), control: socketPath, epoch, head: seq, run }
      })
    },
    async memory() {
      const heapBytes = await server.collectedHeapBytes()
      return { heapBytes, rssBytes: (await server.status()).process.rssBytes }
    },
    loopDelayMs: async () => (await server.status(true)).process.eventLoopDelayP99Ms,
    async end() {
      engine?.terminate()
      await server.end('SIGKILL')
      await removeFolder(results)
    },
  }
}

// Holds a batch of conversations with a server of its own and says what went wrong; a server that is dead or hung is replaced by a fresh one.
import { startChild } from '../machine/child.ts'
import type { Conversation } from './conversation.ts'
import { readBack } from './files.ts'
import type { HealthCalls } from './health-worker.ts'
import { hold } from './hold.ts'
import { type Fuzzed, type Memory, startFuzzed } from './server.ts'

const HEALTH = new URL('./health-worker.js', import.meta.url)
/** An answer may take so long, whatever others send meanwhile. */
export const MOST_DELAY_MS = 250
/** Once is the machine's doing: a batch that is slow is held again, and it has to be slow each time. */
const SLOW_TIMES = 3
/** How long the end of a process may take to be told after its connections broke. */
const NEWS_MS = 300

export interface Judge {
  /** Rejects with what was wrong. */
  judge(batch: readonly Conversation[]): Promise<void>
  /** Whether something goes wrong where these are held one after the other, the first of them with a fresh server. */
  recurs(batches: readonly (readonly Conversation[])[]): Promise<boolean>
  /** The longest that an answer took since it was asked last, and the server's own p99 of its loop's delay, ms. */
  delays(): Promise<{ readonly worstMs: number; readonly loopP99Ms: number }>
  memory(): Promise<Memory>
  end(): Promise<void>
}

export async function createJudge(): Promise<Judge> {
  let server: Fuzzed | undefined = await startFuzzed()
  const health = startChild<HealthCalls>(HEALTH)
  let worstMs = 0

  async function replace(): Promise<void> {
    await server?.end()
    server = undefined
  }

  /** Gives how long an answer took meanwhile. */
  async function holdAll(on: Fuzzed, batch: readonly Conversation[]): Promise<number> {
    const places = await on.prepare(batch)
    const saidBefore = on.said().length
    await health.call('watch', on.port)
    const found = await Promise.all(
      batch.map((conversation, i) => (conversation.writes.length > 0 ? hold(places[i]!, conversation) : undefined)),
    )
    const slowestMs = await health.call('stop', null)
    const said = on.said().slice(saidBefore)
    if (said !== '') throw new Error(`the server wrote: ${said.slice(0, 4000)}`)
    const wrong = found.findIndex(each => each !== undefined)
    if (wrong >= 0) throw new Error(`${found[wrong]} was answered to one of ${batch[wrong]!.kind}`)
    return slowestMs
  }

  async function judgeOn(on: Fuzzed, batch: readonly Conversation[]): Promise<void> {
    for (const conversation of batch) {
      const refusal = conversation.file === undefined ? undefined : readBack(conversation)
      if (refusal !== undefined) throw new Error(`one of ${conversation.kind} was ${refusal}`)
    }
    let slowestMs = Number.POSITIVE_INFINITY
    for (let times = 0; times < SLOW_TIMES && slowestMs > MOST_DELAY_MS; times++)
      slowestMs = Math.min(slowestMs, await holdAll(on, batch))
    worstMs = Math.max(worstMs, slowestMs)
    if (slowestMs > MOST_DELAY_MS)
      throw new Error(`an answer took ${slowestMs.toFixed(0)} ms or more, each of ${SLOW_TIMES} times`)
  }

  async function judge(batch: readonly Conversation[]): Promise<void> {
    server ??= await startFuzzed()
    const on = server
    try {
      await Promise.race([judgeOn(on, batch), on.died])
    } catch (error) {
      // Where its death broke a connection first, its death is the news.
      const cause = await Promise.race([
        on.died.catch((death: Error) => death),
        new Promise<unknown>(resolve => setTimeout(resolve, NEWS_MS, error)),
      ])
      await replace()
      throw cause
    }
  }

  return {
    judge,
    async recurs(batches) {
      await replace()
      try {
        for (const batch of batches) await judge(batch)
        return false
      } catch {
        return true
      }
    },
    async delays() {
      const delays = { worstMs, loopP99Ms: server ? await server.loopDelayMs() : 0 }
      worstMs = 0
      return delays
    },
    async memory() {
      server ??= await startFuzzed()
      return server.memory()
    },
    async end() {
      await health.end('SIGKILL')
      await replace()
    },
  }
}

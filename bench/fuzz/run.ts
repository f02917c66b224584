// Fuzzes a server until the time is over or something goes wrong, which is then made small.
import fc from 'fast-check'
import type { Conversation } from './conversation.ts'
import type { Samples } from './files.ts'
import { batches } from './inputs.ts'
import { createJudge } from './judge.ts'
import { reduced } from './reduce.ts'
import type { Memory } from './server.ts'

/** How often memory and the loop's delay are read. */
const LOOK_EVERY_MS = 5000
/** How long what went wrong may be made smaller. */
const SHRINK_MS = 60_000
/** Batches that are kept: what goes wrong may have begun with an earlier one. */
const KEPT = 100
/** So much may be resident: the heap, what waits in queues and bodies, and what a process takes by itself. */
const MOST_RSS_BYTES = 640 * 1024 ** 2
/** What a collection leaves may be so much more at the end than after a fourth of the time. */
const MOST_GROWTH_BYTES = 32 * 1024 ** 2

export interface FuzzOrder {
  readonly minutes: number
  readonly seed: number
  /** Only this place of the seed's inputs. */
  readonly path: string | undefined
  readonly samples: Samples
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

export interface FuzzOutcome {
  /** Inputs by kind. */
  readonly counts: ReadonlyMap<string, number>
  /** Until the end, or until something went wrong. */
  readonly ms: number
  /** The longest that an answer took, and the p99 of the loop's delay within some seconds. */
  readonly worstMs: number
  readonly loopP99Ms: number
  /** After a fourth of the time and at the end; undefined where it was too short. */
  readonly memory: readonly [fourth: Memory, last: Memory] | undefined
  readonly wrong:
    | {
        readonly why: string
        /** Held side by side, or one after the other. */
        readonly conversations: readonly Conversation[]
        readonly isSequence: boolean
        /** Where in the seed's inputs it is. */
        readonly path: string | undefined
      }
    | undefined
}

export async function fuzz({ minutes, seed, path, samples, signal, say }: FuzzOrder): Promise<FuzzOutcome> {
  const judge = await createJudge()
  const counts = new Map<string, number>()
  const memory: Memory[] = []
  const kept: (readonly Conversation[])[] = []
  const begunMs = performance.now()
  let nextLookMs = begunMs + LOOK_EVERY_MS
  let worstMs = 0
  let loopP99Ms = 0
  /** When something went wrong first. */
  let wrongAtMs: number | undefined
  /** What goes wrong one after the other, where no batch does by itself. */
  let sequence: readonly Conversation[] | undefined

  async function look(): Promise<void> {
    nextLookMs = performance.now() + LOOK_EVERY_MS
    const delays = await judge.delays()
    worstMs = Math.max(worstMs, delays.worstMs)
    loopP99Ms = Math.max(loopP99Ms, delays.loopP99Ms)
    const now = await judge.memory()
    memory.push(now)
    if (now.rssBytes > MOST_RSS_BYTES) throw new Error(`the server has ${now.rssBytes} bytes resident`)
  }

  async function sequenceOf(): Promise<readonly Conversation[]> {
    const all = kept.flat()
    if (!(await judge.recurs(kept))) return all
    const untilMs = performance.now() + SHRINK_MS
    const single = (await reduced(kept, judge.recurs, untilMs)).flat()
    const recursSingly = (some: readonly Conversation[]) => judge.recurs(some.map(each => [each]))
    return (await recursSingly(single)) ? reduced(single, recursSingly, untilMs) : single
  }

  async function tryFirst(batch: readonly Conversation[]): Promise<void> {
    if (signal.aborted || performance.now() - begunMs > minutes * 60_000) throw new fc.PreconditionFailure(true)
    for (const { kind, inputs } of batch) counts.set(kind, (counts.get(kind) ?? 0) + inputs)
    if (kept.push(batch) > KEPT) kept.shift()
    try {
      await judge.judge(batch)
      if (performance.now() > nextLookMs) await look()
    } catch (error) {
      wrongAtMs = performance.now()
      say(`something is wrong, and is made small: ${(error as Error).message.split('\n')[0]}`)
      if (!(await judge.recurs([batch]))) sequence = await sequenceOf()
      throw error
    }
  }

  /** A smaller one, of which it is asked whether it goes wrong too. */
  async function tryAgain(batch: readonly Conversation[]): Promise<void> {
    const isLate = signal.aborted || performance.now() - wrongAtMs! > SHRINK_MS
    if (sequence === undefined && !isLate) await judge.judge(batch)
  }

  try {
    const property = fc.asyncProperty(batches(samples), batch =>
      wrongAtMs === undefined ? tryFirst(batch) : tryAgain(batch),
    )
    const found = await fc.check(property, {
      seed,
      ...(path === undefined ? { numRuns: 2 ** 31 - 1 } : { path, numRuns: 1 }),
    })
    const ms = (wrongAtMs ?? performance.now()) - begunMs
    if (wrongAtMs === undefined) await look()
    const [fourth, last] = [memory[memory.length >> 2], memory.at(-1)]
    const isGrown = fourth && last && last.heapBytes - fourth.heapBytes > MOST_GROWTH_BYTES
    const { counterexample, counterexamplePath, errorInstance } = found
    const wrong = found.failed
      ? {
          why: errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
          conversations: sequence ?? counterexample?.[0] ?? [],
          isSequence: sequence !== undefined,
          path: sequence ? undefined : (counterexamplePath ?? undefined),
        }
      : isGrown
        ? { why: 'the heap has grown', conversations: [], isSequence: false, path: undefined }
        : undefined
    return { counts, ms, worstMs, loopP99Ms, memory: fourth && last && [fourth, last], wrong }
  } finally {
    await judge.end()
  }
}

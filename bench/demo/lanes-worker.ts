// The process of the lanes: clients and emulator apart from engine and server, so that neither's work delays what is drawn.
import { clientTransports } from '../../client/transports/index.ts'
import { derivedSeed, seededRandom } from '../../results/random.ts'
import type { DemoEvent, Knobs, LaneCount, PieceBytes } from '../../server/demo/wire.ts'
import { serveParent } from '../machine/child.ts'
import { readProfile } from '../profiles/profile.ts'
import { createKeptPieces } from './kept-pieces.ts'
import { type Lane, startLane } from './lane.ts'

export interface LanesOrder {
  readonly target: { readonly host: string; readonly port: number }
  /** t = 0 on the clock that all processes of a machine share (process.hrtime). */
  readonly startedNs: bigint
  readonly knobs: Knobs
  readonly seed: number
}

export type LanesCalls = {
  start: { argument: LanesOrder; result: readonly string[] }
  knobs: { argument: Knobs; result: null }
  cut: { argument: null; result: null }
  heal: { argument: null; result: null }
  /** The bytes of a piece; null where they are not kept. */
  bytes: { argument: number; result: PieceBytes | null }
}

/** What the parent is sent besides its answers. */
export interface LanesMessage {
  readonly events: readonly DemoEvent[]
}

const BATCH_MS = 40
const COUNTS_MS = 400
/** Where nothing happens, that is told as well: a page that hears nothing does not know it, and stands still. */
const IDLE_MS = 250
/** More events of one batch than this are dropped: what is drawn has a hole then, and nothing grows. */
const MAX_BATCH = 5000

const lanes = new Map<string, Lane>()
let batch: DemoEvent[] = []
let toldCounts = ''
const emit = (event: DemoEvent): void => {
  if (batch.length < MAX_BATCH) batch.push(event)
}
const pieces = createKeptPieces(emit)

serveParent<LanesCalls>({
  async start({ target, startedNs, knobs, seed }) {
    const shiftMs = Number(process.hrtime.bigint() - startedNs) / 1e6 - performance.now()
    const t = (nowMs: number): number => Math.round((nowMs + shiftMs) * 10) / 10
    const headers = await readProfile('browser')
    const drawsOf = (cut: number, client: number) => seededRandom(derivedSeed(seed, 'demo', 'cut', cut, client))
    for (const [name, entry] of Object.entries(clientTransports)) {
      const random = seededRandom(derivedSeed(seed, 'demo', name))
      const { keep } = pieces
      lanes.set(name, await startLane({ name, entry, target, headers, knobs, random, drawsOf, t, emit, keep }))
    }
    let sentMs = 0
    setInterval(() => {
      if (batch.length === 0 && performance.now() - sentMs < IDLE_MS) return
      process.send!({ events: batch } satisfies LanesMessage)
      sentMs = performance.now()
      batch = []
    }, BATCH_MS)
    setInterval(() => {
      const counts: Record<string, LaneCount> = {}
      for (const [name, lane] of lanes) counts[name] = lane.count()
      const text = JSON.stringify(counts)
      if (text === toldCounts) return
      toldCounts = text
      emit({ kind: 'counts', t: t(performance.now()), lanes: counts })
    }, COUNTS_MS)
    return [...lanes.keys()]
  },
  knobs(knobs) {
    pieces.turn('knobs')
    for (const lane of lanes.values()) lane.set(knobs)
    return null
  },
  cut() {
    pieces.turn('cut')
    for (const lane of lanes.values()) lane.cut()
    return null
  },
  heal() {
    for (const lane of lanes.values()) lane.heal()
    return null
  },
  bytes: pieces.find,
})

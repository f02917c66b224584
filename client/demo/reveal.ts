// Which predictions were right, read off what happened in a scene's run; never written down beforehand. And whether all of that is there yet.
import type { DemoEventOf, Lane } from '../../server/demo/wire.ts'
import { entryOf } from '../transports/index.ts'
import type { Log } from './log.ts'
import { amountOf, type Figures, figuresBetween } from './present.ts'
import type { Outcome, Scene } from './scenes.ts'

export interface Revealed {
  /** Indices of the choices that turned out right; several where several did, none where the figures do not tell. */
  readonly right: readonly number[]
  /** For `Scene.tells`: a text beside each choice. Absent where the scene has none, or the log does not tell. */
  readonly texts?: readonly string[]
}

/** Two lanes that differ by less were alike. */
const ALIKE = 0.98
/** Timers fire a little early, and what they publish is on its way a little later. */
const SLACK_MS = 300
const nothing: Revealed = { right: [] }

type SceneEvent = DemoEventOf<'scene'>

/** A run's part: what was published in it, and what the lanes did. */
interface Part {
  readonly fromMs: number
  /** When the next part began, or when it was revealed. */
  readonly toMs: number
  readonly steps: Scene['steps']
}

/** The parts of the newest run of a scene at `atMs`, as far as they have begun; none where something else came after it, or where its beginning
 * is not known any more. */
function partsOf(scene: Scene, log: Log, atMs: number): readonly Part[] {
  const told = log.all('scene').filter(({ t }) => t <= atMs)
  const isRun = ({ scene: id, phase }: SceneEvent): boolean => id === scene.id && phase === 'run'
  const first = told.findLastIndex(event => isRun(event) && event.part === undefined)
  const begun = told.slice(first).filter(({ phase }) => phase !== 'reveal')
  if (first < 0 || begun[0]!.t < log.firstMs || !begun.every(isRun)) return []
  const turns = scene.steps.filter(({ act }) => act.action === 'knobs').map(({ atMs: turnMs }) => turnMs)
  return begun.map(({ t }, index): Part => {
    const [from, to] = [turns[index - 1] ?? 0, turns[index] ?? Number.POSITIVE_INFINITY]
    return {
      fromMs: t,
      toMs: begun[index + 1]?.t ?? atMs,
      steps: scene.steps
        .filter(step => step.atMs >= from && step.atMs < to)
        .map(step => ({ ...step, atMs: step.atMs - from })),
    }
  })
}

const lanesOf = (log: Log): readonly Lane[] => log.newest('start', Number.POSITIVE_INFINITY)?.lanes ?? []

/** Whether the drawn client of every lane has what the part was to publish, and the figures of that moment were told. */
function isDelivered({ fromMs, toMs, steps }: Part, log: Log): boolean {
  const planned = steps.flatMap(({ atMs, act }) => (act.action === 'publish' ? [{ atMs, count: act.count }] : []))
  const lastMs = fromMs + Math.max(0, ...planned.map(({ atMs }) => atMs)) + SLACK_MS
  let missing = planned.reduce((sum, { count }) => sum + count, 0)
  let lastSeq = 0
  const arrivedMs = new Map<Lane, number>()
  for (const event of log.between(fromMs, toMs))
    if (event.kind === 'publish' && event.t <= lastMs) {
      missing -= event.count
      lastSeq = event.seq + event.count - 1
      arrivedMs.clear()
    } else if (event.kind === 'deliver' && event.client === 0 && event.seq >= lastSeq && !arrivedMs.has(event.lane))
      arrivedMs.set(event.lane, event.t)
  if (planned.length === 0) return true
  const countedMs = log.newest('counts', toMs)?.t ?? Number.NEGATIVE_INFINITY
  return missing <= 0 && lanesOf(log).every(lane => (arrivedMs.get(lane) ?? Number.POSITIVE_INFINITY) <= countedMs)
}

/** Whether everything that a scene is judged by has happened at `atMs`: its time is over, or all of its notices have been delivered. */
export function isEvident(scene: Scene, log: Log, atMs: number): boolean {
  const parts = partsOf(scene, log, atMs)
  const [first] = parts
  if (!first) return false
  const playedMs = atMs - first.fromMs + SLACK_MS
  if (scene.isOverTime) return playedMs >= scene.lastsMs
  const ends = scene.steps.map(({ atMs, act }) => atMs + (act.action === 'cut' ? act.forMs : 0))
  return playedMs >= Math.max(0, ...ends) && parts.every(part => isDelivered(part, log))
}

/** A reveal may stand for longer than the log reaches back. */
const known = new WeakMap<SceneEvent, Revealed>()

/** What the reveal at `atMs`, or the newest one before it, has to say. */
export function revealed(scene: Scene, log: Log, atMs: number): Revealed {
  // A recording holds what comes after as well: later scenes, and the same one again.
  const reveal = log.all('scene').findLast(each => each.scene === scene.id && each.phase === 'reveal' && each.t <= atMs)
  if (!reveal) return nothing
  const before = known.get(reveal)
  if (before) return before
  const found = isEvident(scene, log, reveal.t) ? judge(scene, log, partsOf(scene, log, reveal.t)) : nothing
  known.set(reveal, found)
  return found
}

function judge(scene: Scene, log: Log, parts: readonly Part[]): Revealed {
  const lanes = lanesOf(log)
  const inParts = parts.map(part => figuresOf(part, log, lanes))
  const figures = inParts.at(-1)!
  const outcome: Outcome = {
    lanes: lanes.map((lane, index) => ({
      lost: figures[index]!.lost,
      transits: transitsOf(lane, index, inParts, parts, log),
      bytesEach: bytesEach(lane, figures[index]!.bytes, parts.at(-1)!, log),
    })),
    answers: mostAnswers(log, parts[0]!.fromMs, parts.at(-1)!.toMs),
  }
  return {
    right: scene.right ? scene.right(outcome) : most(scene, figures),
    ...(scene.tells && { texts: scene.tells.texts(outcome) }),
  }
}

const figuresOf = ({ fromMs, toMs }: Part, log: Log, lanes: readonly Lane[]): readonly Figures[] => {
  const [before, after] = [log.newest('counts', fromMs), log.newest('counts', toMs)]
  return lanes.map(lane => figuresBetween(before?.lanes[lane], after?.lanes[lane]))
}

/** `Outcome.bytesEach` of a lane that took so many bytes in a part. */
function bytesEach(lane: Lane, bytes: number, { fromMs, toMs }: Part, log: Log): number | null {
  const [before = 0, after = 0] = [fromMs, toMs].map(atMs => log.newest('counts', atMs)?.lanes[lane]?.delivered)
  return after > before ? bytes / (after - before) : null
}

/** Who has most of the figure that answers the question. */
function most({ choices, shows }: Scene, figures: readonly Figures[]): readonly number[] {
  const [figure] = shows
  if (choices !== 'transports' || !figure) return []
  const amounts = figures.map(each => amountOf(each, figure))
  const largest = Math.max(...amounts)
  return largest > 0 ? amounts.flatMap((amount, index) => (amount >= largest * ALIKE ? [index] : [])) : []
}

/** Most answers with a notice in them that a lane's drawn client got, where it does not ask on a timer. */
function mostAnswers(log: Log, fromMs: number, toMs: number): number {
  const answers = new Map<Lane, number>()
  for (const event of log.between(fromMs, toMs))
    if (event.kind === 'transit' && event.what === 'answer' && event.seqs && event.client === 0)
      if (!entryOf(event.lane)?.isTimed) answers.set(event.lane, (answers.get(event.lane) ?? 0) + 1)
  return Math.max(0, ...answers.values())
}

/** `Outcome.transits` of one lane, between the first part and the last one. */
function transitsOf(
  lane: Lane,
  index: number,
  inParts: readonly (readonly Figures[])[],
  parts: readonly Part[],
  log: Log,
): number | null {
  const [near, far] = [parts[0]!, parts.at(-1)!]
  const [nearMs, farMs] = [inParts[0]![index]!.delay, inParts.at(-1)![index]!.delay]
  const rttMs = ({ fromMs }: Part): number => log.newest('knobs', fromMs)?.rttMs ?? 0
  const transitMs = (rttMs(far) - rttMs(near)) / 2
  if (transitMs <= 0 || nearMs === null || farMs === null) return null
  const doesTell = !entryOf(lane)?.isTimed || parts.every(part => coversCycles(part, log, transitMs))
  return doesTell ? (farMs - nearMs) / transitMs : null
}

/** Whether a part's notices fall evenly over whole poll intervals, so densely that one which just misses its poll makes no transit of the mean. */
function coversCycles({ fromMs, steps }: Part, log: Log, transitMs: number): boolean {
  const atMs = steps.flatMap(({ atMs, act }) => (act.action === 'publish' ? [atMs] : []))
  const stepMs = (atMs.at(-1)! - atMs[0]!) / (atMs.length - 1)
  const cycles = (atMs.length * stepMs) / log.newest('knobs', fromMs)!.pollIntervalMs
  return Number.isInteger(cycles) && stepMs < transitMs / 2
}

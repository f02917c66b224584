// How things stand at a moment of the log: knobs, scene, votes, phones, and each lane's figures since the scene began.
import type { DemoEventOf, Knobs, Lane, LaneCount, Phase, PhoneCount } from '../../server/demo/wire.ts'
import type { Log } from './log.ts'
import { freeKnobs, type Shown } from './scenes.ts'

/** Of one lane, over all its clients. */
export interface Figures {
  readonly requests: number
  /** Both ways. */
  readonly bytes: number
  /** Connections now. */
  readonly open: number
  /** Average from publish to delivery, ms; null while nothing was delivered. */
  readonly delay: number | null
  readonly lost: number
}

export interface Present {
  readonly lanes: readonly Lane[]
  readonly knobs: Knobs
  /** `sinceMs`: when this phase began. `isWaiting`: its reveal is due, and comes as soon as there is something to reveal. */
  readonly scene: {
    readonly scene: string
    readonly phase: Phase
    readonly sinceMs: number
    readonly isWaiting: boolean
  } | null
  /** Predictions by choice; empty before the first one. */
  readonly votes: readonly number[]
  readonly phones: readonly PhoneCount[]
  readonly figures: Readonly<Record<Lane, Figures>>
  readonly isCut: boolean
  readonly isOver: boolean
}

/** From when figures count, chosen by hand. */
export interface Reset {
  readonly atMs: number
  readonly counts: DemoEventOf<'counts'> | undefined
}

const nothing: LaneCount = {
  clients: 0,
  open: 0,
  requests: 0,
  bytesUp: 0,
  bytesDown: 0,
  delivered: 0,
  delaySumMs: 0,
  missed: 0,
  faulty: 0,
}

/** What a lane did between two counts. */
export function figuresBetween(before: LaneCount = nothing, now: LaneCount = nothing): Figures {
  const delivered = now.delivered - before.delivered
  return {
    requests: now.requests - before.requests,
    bytes: now.bytesUp + now.bytesDown - before.bytesUp - before.bytesDown,
    open: now.open,
    delay: delivered > 0 ? (now.delaySumMs - before.delaySumMs) / delivered : null,
    lost: now.missed - before.missed,
  }
}

/** Newest scene event whose phase sets the figures back: a reveal looks back at them. */
const beginning = (log: Log, atMs: number): DemoEventOf<'scene'> | undefined =>
  log.all('scene').findLast(({ t, phase }) => t <= atMs && phase !== 'reveal')

/** Gives the very same object as long as nothing changed, so that pages need not look closer. */
export function createPresent(log: Log): (atMs: number, reset?: Reset) => Present {
  let last: { of: readonly unknown[]; present: Present } | undefined
  return (atMs, reset) => {
    const [start, knobs, scene, waiting, votes, phones, latest, cut, heal, end] = [
      log.newest('start', atMs),
      log.newest('knobs', atMs),
      log.newest('scene', atMs),
      log.newest('waiting', atMs),
      log.newest('votes', atMs),
      log.newest('phones', atMs),
      log.newest('counts', atMs),
      log.newest('cut', atMs),
      log.newest('heal', atMs),
      log.newest('end', atMs),
    ]
    const began = beginning(log, atMs)
    const isReset = reset !== undefined && reset.atMs <= atMs && reset.atMs >= (began?.t ?? 0)
    const base = isReset ? reset.counts : began ? log.countsBefore(began) : undefined
    // What the scene came to stands still while it is talked about, unless counting was begun anew since.
    const isStill = scene?.phase === 'reveal' && !(isReset && reset.atMs >= scene.t)
    const counts = isStill ? log.countsBefore(scene) : latest
    const of = [start, knobs, scene, waiting, votes, phones, counts, cut, heal, end, base]
    if (last?.of.every((each, index) => each === of[index])) return last.present
    const lanes = start?.lanes ?? Object.keys(counts?.lanes ?? {})
    const present: Present = {
      lanes,
      knobs: knobs ?? freeKnobs,
      scene:
        scene && scene.phase !== 'over'
          ? {
              ...{ scene: scene.scene, phase: scene.phase, sinceMs: scene.t },
              isWaiting: waiting !== undefined && waiting.t >= scene.t,
            }
          : null,
      votes: scene && votes?.scene === scene.scene && votes.t >= lastAsk(log, scene) ? votes.counts : [],
      phones: phones?.phones ?? [],
      figures: Object.fromEntries(lanes.map(lane => [lane, figuresBetween(base?.lanes[lane], counts?.lanes[lane])])),
      isCut: cut !== undefined && (heal?.t ?? Number.NEGATIVE_INFINITY) < cut.t,
      isOver: end !== undefined,
    }
    last = { of, present }
    return present
  }
}

/** A scene may be asked again; the votes before belong to that time. */
const lastAsk = (log: Log, scene: DemoEventOf<'scene'>): number =>
  log.all('scene').findLast(each => each.t <= scene.t && each.phase === 'ask')?.t ?? 0

/** A lane's figure as a number to compare by; one that has none is last. */
export const amountOf = (figures: Figures | undefined, shown: Shown): number => figures?.[shown] ?? 0

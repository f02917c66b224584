// Which predictions were right, read off what was counted; never written down beforehand.
import type { DemoEventOf } from '../../server/demo/wire.ts'
import type { Log } from './log.ts'
import { amountOf, type Present } from './present.ts'
import type { Scene } from './scenes.ts'

/** Two lanes that differ by less were alike. */
const ALIKE = 0.98

/** Most answers with a notice in them that one lane's drawn client got while the scene ran. */
function mostAnswers(log: Log, runMs: number, untilMs: number): number {
  const answers = new Map<string, number>()
  for (const event of log.between(runMs, untilMs))
    if (event.kind === 'transit' && event.what === 'answer' && event.seqs && event.client === 0)
      answers.set(event.lane, (answers.get(event.lane) ?? 0) + 1)
  return Math.max(0, ...answers.values())
}

/** A reveal may stand for longer than the log reaches back. */
const known = new WeakMap<DemoEventOf<'scene'>, readonly number[]>()

/** Indices of the choices that turned out right; several where several did, none where the figures do not tell. */
export function rightChoices(scene: Scene, present: Present, log: Log): readonly number[] {
  // A recording holds what comes after as well: later scenes, and the same one again.
  const before = log
    .all('scene')
    .filter(each => each.scene === scene.id && each.t <= (present.scene?.sinceMs ?? Infinity))
  const reveal = before.findLast(({ phase }) => phase === 'reveal')
  const found = reveal && known.get(reveal)
  if (found) return found
  const run = before.findLast(({ phase }) => phase === 'run')
  // Of a run whose beginning is not known any more, the answers would be too few.
  const isWhole = run !== undefined && run.t >= log.firstMs
  const right = judge(scene, present, isWhole ? mostAnswers(log, run.t, reveal?.t ?? Infinity) : 0)
  if (reveal) known.set(reveal, right)
  return right
}

function judge(scene: Scene, { lanes, figures, knobs }: Present, answers: number): readonly number[] {
  if (scene.right) return scene.right({ lanes: lanes.map(lane => figures[lane]!), knobs, answers })
  const [figure] = scene.shows
  if (scene.choices !== 'transports' || !figure) return []
  const amounts = lanes.map(lane => amountOf(figures[lane], figure))
  const most = Math.max(...amounts)
  return most > 0 ? amounts.flatMap((amount, index) => (amount >= most * ALIKE ? [index] : [])) : []
}

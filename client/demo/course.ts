// From scene to scene: a live class is asked for its next phase, of a recorded one the next scene is played.
import type { Phase } from '../../server/demo/wire.ts'
import type { Log } from './log.ts'
import { type Scene, sceneOf, scenes } from './scenes.ts'
import { ask, canAct, isReplay, jumpTo, latest, player } from './store.ts'

/** Where a scene begins. */
export interface Mark {
  readonly scene: Scene
  readonly atMs: number
}

/** In order, as far back as the log is kept: wherever a scene is asked, or run without its question. */
export function marksOf(log: Log): readonly Mark[] {
  const all = log.all('scene')
  return all.flatMap(({ scene: id, phase, part = 0, t: atMs }, index) => {
    const scene = sceneOf(id)
    const before = all[index - 1]
    const isAsked = before?.scene === id && before.phase === 'ask'
    const begins = phase === 'ask' || (phase === 'run' && part === 0 && !isAsked)
    return scene && begins && atMs >= log.firstMs ? [{ scene, atMs }] : []
  })
}

interface Next {
  readonly words: string
  readonly go: () => void
}

const putting = (scene: Scene, phase: Phase, words: string): Next => ({
  words,
  go: () => void ask({ action: 'scene', scene: scene.id, phase }),
})

/** What a teacher does next, most of the time; undefined where a recording has no further scene. */
export function nextStep(): Next | undefined {
  if (isReplay.value) {
    const mark = marksOf(player.log).find(({ atMs }) => atMs > player.head.atMs)
    return mark && { words: `Go to: ${mark.scene.title}`, go: () => jumpTo(mark.atMs) }
  }
  const now = latest.value.scene
  const scene = sceneOf(now?.scene ?? '')
  if (!scene || !now) return putting(scenes[0]!, 'ask', `Ask: ${scenes[0]!.title}`)
  if (now.phase === 'ask') return putting(scene, 'run', `Run: ${scene.title}`)
  if (now.phase === 'run')
    // It was asked for, and comes by itself.
    return now.isWaiting ? { words: 'The reveal waits', go: () => {} } : putting(scene, 'reveal', 'Reveal now')
  const following = scenes[scenes.indexOf(scene) + 1]
  return following ? putting(following, 'ask', `Ask: ${following.title}`) : putting(scene, 'over', 'End the scene')
}

export const goOn = (): void => nextStep()?.go()

/** Puts a scene's question; of a recording, plays from where that scene begins, the next time if there are several. Undefined where that cannot be done. */
export function beginningOf(scene: Scene): (() => void) | undefined {
  if (!isReplay.value) return canAct.value ? putting(scene, 'ask', '').go : undefined
  const marks = marksOf(player.log).filter(mark => mark.scene === scene)
  const mark = marks.find(({ atMs }) => atMs > player.head.atMs) ?? marks[0]
  return mark && (() => jumpTo(mark.atMs))
}

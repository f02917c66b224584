// What is said to those who do not see the picture change: scenes, and the network going and coming back.
import { computed } from '@preact/signals'
import { sceneOf } from './scenes.ts'
import { waitText } from './sentences.ts'
import { announcement, shown } from './store.ts'

export const announced = computed(() => {
  const { scene: now, isCut, isOver } = shown.value
  if (isOver) return 'The session has ended.'
  const scene = sceneOf(now?.scene ?? '')
  const cut = isCut ? ' The network is cut.' : ''
  if (!scene) return announcement.value + cut
  if (now?.phase === 'ask') return `Question: ${scene.question}${cut}`
  if (now?.phase === 'reveal') return `What happened: ${scene.point}${cut}`
  return `${now?.isWaiting ? `${waitText(scene)} It comes by itself.` : `${scene.title} is running.`}${cut}`
})

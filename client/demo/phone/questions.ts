// A scene on the phone: its question with predictions to tap, and at the reveal its point. Loaded with the first scene.

import type { Told } from '../../../server/demo/wire.ts'
import { clientTransports } from '../../transports/index.ts'
import { sceneOf } from '../scenes.ts'

type Now = NonNullable<Told['scene']>

/** Fills `place` with what `now` asks for. `vote` sends a prediction. */
export function showScene(place: HTMLElement, now: Now, vote: (choice: number) => void): void {
  const scene = sceneOf(now.scene)
  place.hidden = !scene
  if (!scene) return
  const entries = Object.values(clientTransports)
  const choices =
    scene.choices === 'transports' ? entries.map(({ glyph, label }) => `${glyph} ${label}`) : scene.choices
  const heading = document.createElement('h2')
  heading.textContent = now.phase === 'reveal' ? scene.title : scene.question
  const parts: HTMLElement[] = [heading]
  const line = (text: string): void => {
    const paragraph = document.createElement('p')
    paragraph.textContent = text
    parts.push(paragraph)
  }
  if (now.phase === 'ask')
    for (const [choice, text] of choices.entries()) {
      const button = document.createElement('button')
      button.type = 'button'
      button.textContent = text
      button.setAttribute('aria-pressed', String(now.choice === choice))
      button.addEventListener('click', () => vote(choice))
      parts.push(button)
    }
  else {
    line(now.choice === null ? 'You made no prediction.' : `Your prediction: ${choices[now.choice]}`)
    line(now.phase === 'run' ? 'Watch the screen.' : scene.point)
  }
  const focused = place.contains(document.activeElement) ? [...place.children].indexOf(document.activeElement!) : -1
  place.replaceChildren(...parts)
  if (focused >= 0) (place.children[focused] as HTMLElement | undefined)?.focus()
}

// A scene on the phone: its question with predictions to tap, and at the reveal its point. Loaded with the first scene.

import type { Told } from '../../../server/demo/wire.ts'
import { clientTransports } from '../../transports/index.ts'
import { markOf } from '../mark.ts'
import { sceneOf } from '../scenes.ts'

type Now = NonNullable<Told['scene']>

/** Fills `place` with what `now` asks for. `vote` sends a prediction. */
export function showScene(place: HTMLElement, now: Now, vote: (choice: number) => void): void {
  const scene = sceneOf(now.scene)
  place.hidden = !scene
  if (!scene) return
  const choices: readonly (readonly [name: string | undefined, text: string])[] =
    scene.choices === 'transports'
      ? Object.entries(clientTransports).map(([name, { label }]) => [name, label])
      : scene.choices.map(text => [undefined, text])
  const heading = document.createElement('h2')
  heading.textContent = now.phase === 'reveal' ? scene.title : scene.question
  const parts: HTMLElement[] = [heading]
  const line = (text: string): void => {
    const paragraph = document.createElement('p')
    paragraph.textContent = text
    parts.push(paragraph)
  }
  if (now.phase === 'ask')
    for (const [choice, [name, text]] of choices.entries()) {
      const button = document.createElement('button')
      button.type = 'button'
      if (name) button.append(markOf(name), ' ')
      button.append(text)
      button.setAttribute('aria-pressed', String(now.choice === choice))
      button.addEventListener('click', () => vote(choice))
      parts.push(button)
    }
  else {
    line(now.choice === null ? 'You made no prediction.' : `Your prediction: ${choices[now.choice]![1]}`)
    line(now.phase === 'run' ? 'Watch the screen.' : scene.point)
  }
  const focused = place.contains(document.activeElement) ? [...place.children].indexOf(document.activeElement!) : -1
  place.replaceChildren(...parts)
  if (focused >= 0) (place.children[focused] as HTMLElement | undefined)?.focus()
}

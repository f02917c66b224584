// The six scenes: put a question, let it happen, reveal, go on.
import type { Phase } from '../../../server/demo/wire.ts'
import { Predictions, sceneNow } from '../parts.tsx'
import { type Scene, sceneOf, scenes } from '../scenes.ts'
import { ask, canAct, latest, shown } from '../store.ts'

interface Next {
  readonly scene: Scene
  readonly phase: Phase
  readonly words: string
}

/** What a teacher does next, most of the time. */
export function nextStep(): Next {
  const now = latest.value.scene
  const scene = sceneOf(now?.scene ?? '')
  if (!scene || !now) return { scene: scenes[0]!, phase: 'ask', words: `Ask: ${scenes[0]!.title}` }
  if (now.phase === 'ask') return { scene, phase: 'run', words: `Run: ${scene.title}` }
  if (now.phase === 'run') return { scene, phase: 'reveal', words: 'Reveal now' }
  const following = scenes[scenes.indexOf(scene) + 1]
  return following
    ? { scene: following, phase: 'ask', words: `Ask: ${following.title}` }
    : { scene, phase: 'over', words: 'End the scene' }
}

export const goOn = (): void => {
  const { scene, phase } = nextStep()
  void ask({ action: 'scene', scene: scene.id, phase })
}

export function ScenesPanel() {
  const now = latest.value.scene
  const isOff = !canAct.value
  const standing = sceneNow()
  return (
    <section class="panel scenes" aria-labelledby="scenes-title">
      <h2 id="scenes-title">Scenes</h2>
      <ol>
        {scenes.map(({ id, title, question }) => (
          <li key={id}>
            <button
              type="button"
              disabled={isOff}
              aria-pressed={now?.scene === id}
              title={question}
              onClick={() => ask({ action: 'scene', scene: id, phase: 'ask' })}
            >
              {title}
            </button>
          </li>
        ))}
      </ol>
      <p class="row">
        <button
          type="button"
          class="main"
          disabled={isOff}
          // The second click of a double click was not meant for what the button says by then.
          onClick={({ detail }) => detail < 2 && goOn()}
          aria-keyshortcuts="n"
        >
          {nextStep().words}
        </button>
        {now && (
          <button
            type="button"
            disabled={isOff}
            onClick={() => ask({ action: 'scene', scene: now.scene, phase: 'over' })}
          >
            Leave the scene
          </button>
        )}
      </p>
      {standing ? (
        <>
          <p>
            <b>{standing.question}</b>
          </p>
          <Predictions scene={standing} />
          {shown.value.scene?.phase === 'reveal' && <p>{standing.point}</p>}
        </>
      ) : (
        <p class="hint">A scene asks first; phones, or hands, predict. Then it runs and reveals by itself.</p>
      )}
    </section>
  )
}

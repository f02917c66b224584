// The seven scenes: put a question, let it happen, reveal, go on; of a recording, jump to them.
import { signal } from '@preact/signals'
import { beginningOf, goOn, nextStep } from '../course.ts'
import { Predictions, sceneNow } from '../parts.tsx'
import { type Scene, scenes } from '../scenes.ts'
import { waitText } from '../sentences.ts'
import { ask, canAct, isReplay, latest, problem, shown } from '../store.ts'
import type { Note } from './notes.ts'

export function ScenesPanel() {
  const now = latest.value.scene
  const isOff = !canAct.value
  const next = nextStep()
  const standing = sceneNow()
  return (
    <section class="panel scenes" aria-labelledby="scenes-title">
      <h2 id="scenes-title">Scenes</h2>
      <ol>
        {scenes.map(scene => (
          <li key={scene.id}>
            <button
              type="button"
              disabled={beginningOf(scene) === undefined}
              aria-pressed={now?.scene === scene.id}
              title={scene.question}
              onClick={() => beginningOf(scene)?.()}
            >
              {scene.title}
            </button>
          </li>
        ))}
      </ol>
      <p class="row">
        <button
          type="button"
          class="main"
          disabled={isReplay.value ? !next : isOff || now?.isWaiting}
          // The second click of a double click was not meant for what the button says by then.
          onClick={({ detail }) => detail < 2 && goOn()}
          aria-keyshortcuts="n"
        >
          {next?.words ?? 'That was the last scene'}
        </button>
        {now && !isReplay.value && (
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
          {now?.isWaiting && <p class="hint">{waitText(standing)} It comes by itself.</p>}
          <Predictions scene={standing} />
          {shown.value.scene?.phase === 'reveal' && <p>{standing.point}</p>}
          <NoteOf scene={standing} />
        </>
      ) : (
        <p class="hint">
          {isReplay.value
            ? 'A scene’s button jumps to where it begins in the recording, as does its number above.'
            : 'A scene asks first; phones, or hands, predict. Then it runs and reveals by itself.'}
        </p>
      )}
    </section>
  )
}

/** Fetched when the first one is opened: the page stands without them. */
const notes = signal<Readonly<Record<string, Note>>>({})

async function fetchNotes(): Promise<void> {
  try {
    notes.value = (await import('./notes.ts')).notes
  } catch {
    problem.value = 'The note could not be fetched: is the demo still running?'
  }
}

/** Not for the class: closed until it is asked for, and again with the next scene. Its links are relative, as files may lie below any path. */
function NoteOf({ scene: { id } }: { scene: Scene }) {
  const note = notes.value[id]
  return (
    <details key={id} class="note" onToggle={({ currentTarget }) => currentTarget.open && !note && fetchNotes()}>
      <summary>For the teacher</summary>
      {note && (
        <>
          <p>{note.point}</p>
          <p>{note.say}</p>
          <ul>
            {note.claims.map(({ id, claim, verdict }) => (
              <li key={id}>
                <a href={`../#claims&claim=${id}`} target="_blank" rel="noopener">
                  “{claim}”
                </a>
                : {verdict}
              </li>
            ))}
          </ul>
        </>
      )}
    </details>
  )
}

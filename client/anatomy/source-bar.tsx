// Where the bytes are from: the recorded example, or a capture taken here and now.
import { entryOf } from '../transports/index.ts'
import { canCapture, capturing, choose, isLive, liveOf, reading, room, takeCapture } from './store.ts'

export function SourceBar() {
  const shown = reading.value?.capture
  const has = liveOf(room.value) !== undefined
  const { label } = entryOf(room.value)!
  return (
    <div class="source">
      <p>
        {!shown
          ? 'The example is being fetched …'
          : isLive.value
            ? `Captured here, at ${new Date(shown.takenAt).toLocaleTimeString()}, by ${shown.client}.`
            : `A recorded example, by ${shown.client}, ${shown.takenAt.slice(0, 10)}.`}{' '}
        {canCapture.value === false && (
          <>
            With the lab on your machine, <code>npm run anatomy</code> shows your own browser’s bytes.
          </>
        )}
      </p>
      <div class="turns">
        {has && (
          <button
            type="button"
            onClick={() => choose({ live: isLive.value ? undefined : true, message: undefined, part: undefined })}
          >
            {isLive.value ? 'Show the recorded example' : 'Show what was captured here'}
          </button>
        )}
        {canCapture.value && (
          <button type="button" disabled={capturing.value !== undefined} onClick={() => void takeCapture(room.value)}>
            {capturing.value === undefined ? `Capture ${label} now` : capturing.value}
          </button>
        )}
      </div>
    </div>
  )
}

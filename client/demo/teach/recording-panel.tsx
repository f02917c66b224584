// Recordings: what happens now to a file, and a file to the lanes.
import { download } from '../../download.ts'
import { closeRecording, isPlayingLive, isRecording, opened, openRecording, record, stopRecording } from '../store.ts'

export function RecordingPanel() {
  return (
    <section class="panel" aria-labelledby="recording-title">
      <h2 id="recording-title">Recordings</h2>
      <p class="row">
        <button
          type="button"
          aria-pressed={isRecording.value}
          disabled={!isPlayingLive.value && !isRecording.value}
          onClick={() =>
            isRecording.value ? download('class.ndjson', stopRecording(), 'application/x-ndjson') : record()
          }
        >
          {isRecording.value ? 'Stop and save' : 'Record'}
        </button>
        <label class="file">
          Open a recording{' '}
          <input
            type="file"
            accept=".ndjson,.jsonl,application/x-ndjson"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? []
              if (file) void openRecording(file)
              // The same file may be opened again.
              currentTarget.value = ''
            }}
          />
        </label>
        {opened.value !== undefined && (
          <button type="button" onClick={closeRecording}>
            Close {opened.value}
          </button>
        )}
      </p>
    </section>
  )
}

// What a server answers to handshakes with something wrong in them: as recorded, and tried here where a program that captures is behind the page.
import { textOf } from '../codecs/bytes.ts'
import { decodeConnection, type Message } from '../codecs/conversation.ts'
import { bytesOf } from './capture.ts'
import { canCapture, loadTries, tried, tries, tryAgain, trying } from './store.ts'
import { handshakes, type Step, steps, type Try } from './tries.ts'

export function TriesView() {
  return (
    <details class="tries" onToggle={event => event.currentTarget.open && void loadTries()}>
      <summary>What does each wrong step get?</summary>
      {canCapture.value === false && (
        <p class="hint">
          As recorded. To try them yourself type <code>npm run anatomy</code>: a page’s own script cannot send these.
        </p>
      )}
      <ul>
        {steps.map(step => (
          <li key={step}>
            <Tried step={step} />
          </li>
        ))}
      </ul>
    </details>
  )
}

function Tried({ step }: { step: Step }) {
  const live = tried.value.get(step)
  const shown = live ?? tries.value?.find(each => each.step === step)
  return (
    <>
      <div class="bar">
        <strong>{handshakes[step].label}</strong>
        <span>{shown ? outcomeOf(shown) : '…'}</span>
        {canCapture.value && (
          <button type="button" disabled={trying.value} onClick={() => void tryAgain(step)}>
            {live ? 'Try again' : 'Try it'}
            <span class="hidden-text">: {handshakes[step].label}</span>
          </button>
        )}
        {live && <span class="hint">tried just now</span>}
      </div>
      {shown && (
        <details>
          <summary>
            The bytes<span class="hidden-text"> of {handshakes[step].label}</span>
          </summary>
          <div class="both">
            <pre>{textOf(bytesOf(shown.connection, 'up'))}</pre>
            <pre>{textOf(bytesOf(shown.connection, 'down'))}</pre>
          </div>
        </details>
      )}
    </>
  )
}

/** How it ended: `426 Upgrade Required`, or what came behind a 101. */
function outcomeOf({ connection }: Try): string {
  const { messages } = decodeConnection(connection.chunks)
  const down = messages.filter(({ way }) => way === 'down')
  const answer = down.find(({ head }) => head)
  const close = down.find(({ kind }) => kind === 'close')
  const said = answer ? answer.title : 'no answer'
  return close ? `${said}, then closed: ${codeOf(close)}` : said
}

const codeOf = ({ parts }: Message): string => {
  const code = parts.find(({ name }) => name === 'close code')
  const reason = parts.find(({ name }) => name === 'reason')
  return [code?.text ?? 'no code', code?.meaning, reason?.text].filter(Boolean).join(', ')
}

// The handshake of a WebSocket in four steps, with a key to try.
import { acceptOf, GUID, keyFault } from '../codecs/accept.ts'
import { headerOf } from '../codecs/http.ts'
import { hexOf } from './bytes.tsx'
import type { Handshake } from './handshake.ts'
import { lazy } from './lazy.tsx'
import { choose, chooseMessage, view } from './store.ts'

/** RFC 6455 §1.3: the key whose answer is in the standard. */
const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

const TriesView = lazy(() => import('./tries-view.tsx').then(({ TriesView }) => TriesView))

const asked = ['Upgrade', 'Connection', 'Sec-WebSocket-Version', 'Sec-WebSocket-Key']
const answered = ['Upgrade', 'Connection', 'Sec-WebSocket-Accept']

export function HandshakeSteps({ handshake }: { handshake: Handshake }) {
  const { request, answer, next, accept } = handshake
  const key = view.value.key ?? handshake.key
  const steps = acceptOf(key)
  const fault = keyFault(key)
  const isOwn = key !== handshake.key
  return (
    <section class="handshake" aria-labelledby="handshake-title">
      <h4 id="handshake-title">The handshake in four steps</h4>
      <ol class="steps">
        <li>
          <h5>The client asks, in HTTP</h5>
          <pre>
            {`${request.head.method} ${request.head.target} ${request.head.version}\n`}
            {asked.map(name => `${name}: ${headerOf(request.head, name) ?? '(missing)'}\n`)}
          </pre>
          <p>
            The key is 16 random bytes, new for each connection. It is no secret: it is there so that the answer cannot
            come from a cache, or from a server that has never heard of WebSockets.
          </p>
        </li>
        <li>
          <h5>The server computes</h5>
          <div class="bar">
            <label>
              Key{' '}
              <input
                id="key"
                class="key"
                value={key}
                spellcheck={false}
                autocomplete="off"
                maxLength={200}
                aria-describedby="key-says"
                onInput={event => chooseKey(event.currentTarget.value, handshake)}
              />
            </label>
            <button type="button" onClick={() => chooseKey(SAMPLE_KEY, handshake)}>
              The standard’s
            </button>
            <button type="button" onClick={() => chooseKey(randomKey(), handshake)}>
              A random one
            </button>
            {isOwn && (
              <button type="button" onClick={() => choose({ key: undefined })}>
                The captured one
              </button>
            )}
          </div>
          <dl class="compute">
            <div>
              <dt>key and fixed text</dt>
              <dd>
                <code>{key}</code>
                <wbr />
                <code class="fixed">{GUID}</code>
              </dd>
            </div>
            <div>
              <dt>SHA-1, 20 bytes</dt>
              <dd>
                <code>{[...steps.sha1].map(hexOf).join(' ')}</code>
              </dd>
            </div>
            <div>
              <dt>in base64</dt>
              <dd>
                <output id="accept" for="key">
                  <code>{steps.accept}</code>
                </output>
              </dd>
            </div>
          </dl>
          <p id="key-says" class="hint">
            {fault
              ? `A server would refuse it: ${fault}.`
              : 'The fixed text is the same for everyone: it stands in RFC 6455.'}
          </p>
        </li>
        <li>
          <h5>The server agrees</h5>
          <pre>
            {answer
              ? `${answer.head.version} ${answer.head.status} ${answer.head.reason}\n`
              : 'no answer in this capture'}
            {answer && answered.map(name => `${name}: ${headerOf(answer.head, name) ?? '(missing)'}\n`)}
          </pre>
        </li>
        <li>
          <h5>The client checks</h5>
          {isOwn ? (
            <p>
              For your key the answer would have to be <code>{steps.accept}</code>. The captured one,{' '}
              <code>{accept ?? 'none'}</code>, is for the captured key
              {accept === steps.accept ? ', and is the same.' : ': a browser would close the connection.'}
            </p>
          ) : (
            <p>
              <code>{steps.accept}</code> is what we computed,{' '}
              {accept === steps.accept
                ? 'and what the server answered: it has read this very request, and knows the protocol.'
                : `and not what the server answered, ${accept ?? 'nothing'}: a browser would close the connection.`}
            </p>
          )}
          {next && (
            <button type="button" onClick={() => chooseMessage(next.number)}>
              From here on: frames →
            </button>
          )}
        </li>
      </ol>
      <TriesView />
    </section>
  )
}

/** The captured key is no choice. */
const chooseKey = (key: string, handshake: Handshake): void => choose({ key: key === handshake.key ? undefined : key })

const randomKey = (): string => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))

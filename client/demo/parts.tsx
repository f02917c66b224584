// What the stage and the teacher's page both show: where the log comes from, the scene with its predictions, how to join.
import { Fragment } from 'preact'
import { encode } from 'uqr'
import { lookOf } from '../charts/drawing/style.ts'
import { columns, figureText } from './lanes-figure.tsx'
import { type Revealed, revealed } from './reveal.ts'
import { type Scene, sceneOf } from './scenes.ts'
import { rttText, speedText } from './sentences.ts'
import { demo, head, opened, player, shown, source } from './store.ts'
import { theme } from './theme.ts'

/** Simulated distance, and whether this is now, slower, or long ago. */
export function Badges() {
  const { mode, speed } = head.value
  const { knobs } = shown.value
  const live = source.value.kind === 'live' && opened.value === undefined
  const words =
    mode === 'paused'
      ? 'paused'
      : speed !== 1
        ? `${speedText(speed)} speed`
        : live
          ? mode === 'live'
            ? 'live'
            : 'behind'
          : sourceWord()
  return (
    <div class="badges">
      <span class="badge rtt">{rttText(knobs.rttMs)}</span>
      {knobs.clients > 1 && <span class="badge">{knobs.clients} clients each</span>}
      <span class={`badge mode ${mode} ${live ? 'now' : 'then'}`} data-mode={mode}>
        {words}
        {!live && words !== sourceWord() && ` · ${sourceWord()}`}
      </span>
    </div>
  )
}

function sourceWord(): string {
  if (opened.value !== undefined) return 'recorded'
  const words = {
    loading: 'loading',
    live: 'live',
    lost: 'reconnecting',
    ended: 'ended',
    recorded: 'recorded',
    nothing: 'nothing live',
  }
  return words[source.value.kind]
}

/** The scene that stands at the playhead. */
export const sceneNow = (): Scene | undefined => sceneOf(shown.value.scene?.scene ?? '')

/** Choices with how many predicted each; at the reveal the right ones stand out, with the figure that says so. */
export function Predictions({ scene }: { scene: Scene }) {
  const { votes, lanes, figures, scene: now } = shown.value
  const isRevealed = now?.phase === 'reveal'
  const { right, texts }: Revealed = isRevealed ? revealed(scene, player.log, now.sinceMs) : { right: [] }
  const byLane = scene.choices === 'transports'
  const names = byLane ? lanes : (scene.choices as readonly string[])
  const most = Math.max(1, ...votes)
  const [figure] = scene.shows
  const header = scene.tells ? scene.tells.header : byLane && columns.find(({ key }) => key === figure)?.header
  const textOf = (name: string, index: number) => (scene.tells ? texts?.[index] : figureText(figures[name], figure!))
  return (
    <ul class="predictions" aria-label="Predictions">
      {isRevealed && (
        <li class="heading" aria-hidden="true">
          <span />
          <span>predicted</span>
          <span />
          {header && <span class="figure-of">{header}</span>}
        </li>
      )}
      {names.map((name, index) => {
        const count = votes[index] ?? 0
        const isRight = right.includes(index)
        const look = lookOf(name, theme.value)
        return (
          <li key={name} class={isRight ? 'right' : ''} data-choice={index}>
            <span class="choice">
              {byLane && (
                <span class="glyph" style={{ color: look.color }} aria-hidden="true">
                  {look.glyph}
                </span>
              )}{' '}
              {byLane ? look.label : name}
            </span>
            <span class="votes">
              <span class="vote-bar" style={{ width: `${(100 * count) / most}%` }} data-empty={count === 0} />
            </span>
            <span class="count">
              {count}
              <span class="hidden-text">{count === 1 ? ' vote' : ' votes'}</span>
            </span>
            {isRevealed && header && (
              <span class="figure-of">
                {textOf(name, index)} <span class="hidden-text">{header}</span>
              </span>
            )}
            {isRevealed && (
              <span class="tick">
                {isRight && (
                  <>
                    <span aria-hidden="true">✓</span>
                    <span class="hidden-text">right</span>
                  </>
                )}
              </span>
            )}
          </li>
        )
      })}
    </ul>
  )
}

/** `192.168.1.5:8080/demo/join`, as it is typed. */
const typed = (url: string, code: string): string =>
  url
    .replace(/^https?:\/\//, '')
    .replace(new RegExp(`/${code}/?$`), '')
    .replace(/\/$/, '')

/** QR, address and code together: whatever a phone can do. Nothing where nobody can join. */
export function JoinBox({ isLine = false }: { isLine?: boolean }) {
  const { code, joinUrls = [], isLive = false, isLocked = false } = demo.value ?? {}
  const [url] = joinUrls
  if (!isLive || !code || !url || opened.value !== undefined) return null
  if (isLine)
    return (
      <section class="join-line" aria-label="Join with a phone">
        {isLocked ? (
          'The class is locked.'
        ) : (
          <>
            Join: <b>{typed(url, code)}</b> code <b class="code">{code}</b>
          </>
        )}
      </section>
    )
  const full = url.endsWith(code) ? url : `${url.replace(/\/$/, '')}/${code}`
  return (
    <section class="join" aria-label="Join with a phone">
      {!isLocked && <Qr text={full} />}
      <div>
        {isLocked ? (
          <p class="join-words">The class is locked.</p>
        ) : (
          <>
            <p class="join-words">Join with a phone:</p>
            <p class="join-url">
              {/* Where it must be broken, behind a slash. */}
              {typed(url, code)
                .split(/(?<=\/)/)
                .map(part => (
                  <Fragment key={part}>
                    {part}
                    <wbr />
                  </Fragment>
                ))}
            </p>
            <p class="join-code">
              <span class="hidden-text">Code </span>
              {code}
            </p>
          </>
        )}
      </div>
    </section>
  )
}

/** The keys and what each does. */
export const KeyList = ({ keys }: { keys: readonly { readonly key: string; readonly does: string }[] }) => (
  <ul>
    {keys.map(({ key, does }) => (
      <li key={key}>
        <kbd>{key}</kbd> {does}
      </li>
    ))}
  </ul>
)

/** Always dark on light: some cameras read nothing else. */
function Qr({ text }: { text: string }) {
  const { size, data } = encode(text, { ecc: 'M', border: 2 })
  const path = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={`QR code of ${text}`}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  )
}

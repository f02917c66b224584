// The same notice on every transport, to scale: what is paid for it besides itself, and how that changes with how many come.
import { formatBytes, threeDigits } from '../../results/figures.ts'
import { type Role, roles } from '../codecs/part.ts'
import { theme } from '../demo/theme.ts'
import { Scroll } from '../scroll.tsx'
import { entryOf } from '../transports/index.ts'
import { axisEnd, type Sizes, sharesOf, sizesOf } from './shares.ts'
import { addressOf, choose, recordedOf, transports, view } from './store.ts'

/** T: that of the lab's own runs. */
const INTERVAL_MS = 1000
/** λT of the lab's own run, whose figures the README has. */
const USUAL = 10
/** The slider goes by powers of ten. */
const SLIDER = { min: -1, max: 1.5, step: 0.05 }

const words: Readonly<Record<Role, string>> = {
  body: 'the notice itself',
  framing: 'framing',
  headers: 'headers',
  empty: 'empty polls, signs of life',
}

interface Row {
  readonly id: string
  readonly sizes: Sizes
  readonly shares: Readonly<Record<Role, number>>
  readonly total: number
}

export function SideBySide() {
  const noticesPerInterval = view.value.notices ?? USUAL
  const found = transports.flatMap(id => {
    const reading = recordedOf(id)
    const sizes = reading && sizesOf(reading)
    return sizes ? [{ id, sizes }] : []
  })
  if (found.length === 0) return <p class="hint">The recorded examples are being fetched …</p>
  // The same notice on all: bodies are the same, and numbers in them may have a digit more or less.
  const noticeBytes = found.reduce((sum, { sizes }) => sum + sizes.noticeBytes, 0) / found.length
  const rows = found.map(({ id, sizes }): Row => {
    const load = { noticesPerInterval, intervalMs: INTERVAL_MS }
    const shares = sharesOf({ ...sizes, noticeBytes }, entryOf(id)?.isTimed === true, load)
    return { id, sizes, shares, total: roles.reduce((sum, role) => sum + shares[role], 0) }
  })
  return (
    <>
      <h2>One notice, five ways</h2>
      <p>
        The same notice of {formatBytes(Math.round(noticeBytes))}, and what goes over the wire for it, both ways. Sizes
        are those of the recorded examples; how often a poll is paid for is what the model says.
      </p>
      <Slider noticesPerInterval={noticesPerInterval} />
      <Figure rows={rows} noticesPerInterval={noticesPerInterval} />
      <Ingredients rows={rows} />
    </>
  )
}

function Slider({ noticesPerInterval }: { noticesPerInterval: number }) {
  return (
    <p class="slider">
      <label for="notices">
        Notices in one interval of a poller, λT: <strong>{short(noticesPerInterval)}</strong>
      </label>
      <input
        id="notices"
        type="range"
        {...SLIDER}
        value={Math.log10(noticesPerInterval)}
        aria-valuetext={`${short(noticesPerInterval)} notices in an interval`}
        onInput={event => {
          const chosen = Number((10 ** Number(event.currentTarget.value)).toPrecision(3))
          choose({ notices: chosen === USUAL ? undefined : chosen })
        }}
      />
      <span class="hint">
        {noticesPerInterval < 1
          ? `one in ${threeDigits(1 / noticesPerInterval)} intervals: most polls bring nothing`
          : noticesPerInterval === 1
            ? 'one in each interval, in the mean'
            : 'a poll brings several: they share its headers'}
        . An interval is {INTERVAL_MS / 1000} s.
      </span>
    </p>
  )
}

function Figure({ rows, noticesPerInterval }: { rows: readonly Row[]; noticesPerInterval: number }) {
  const end = axisEnd(Math.max(...rows.map(({ total }) => total)))
  const ordered = rows.toSorted((a, b) => a.total - b.total)
  const least = ordered[0]!
  const most = ordered.at(-1)!
  return (
    <figure class="shares">
      <figcaption>
        At λT = {short(noticesPerInterval)} {nameOf(most.id)} carries {whole(most.total)} for each notice,{' '}
        {nameOf(least.id)} {whole(least.total)}: {threeDigits(most.total / least.total)} times as much.
      </figcaption>
      <ul class="legend">
        {roles.map(role => (
          <li key={role}>
            <span class="swatch" data-role={role} aria-hidden="true" />
            {words[role]}
          </li>
        ))}
      </ul>
      <ol class="rows">
        {rows.map(({ id, shares, total }) => (
          <li key={id} style={{ '--of': entryOf(id)![theme.value] }}>
            <a href={addressOf(id)}>{nameOf(id)}</a>
            <span class="blocks">
              {roles.map(
                role =>
                  shares[role] >= 0.05 && (
                    <span
                      key={role}
                      class="block"
                      data-role={role}
                      style={{ width: `${(100 * shares[role]) / end}%` }}
                      title={`${words[role]}: ${whole(shares[role])}`}
                    />
                  ),
              )}
              <span class="total">{whole(total)}</span>
            </span>
          </li>
        ))}
      </ol>
      <p class="axis" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map(place => (
          <span key={place}>{formatBytes(place * end)}</span>
        ))}
      </p>
      <details>
        <summary>The figures</summary>
        <Scroll label="Bytes a notice by what they are for">
          <table>
            <thead>
              <tr>
                <th scope="col">bytes a notice</th>
                {roles.map(role => (
                  <th key={role} scope="col">
                    {words[role]}
                  </th>
                ))}
                <th scope="col">together</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ id, shares, total }) => (
                <tr key={id}>
                  <th scope="row">{nameOf(id)}</th>
                  {roles.map(role => (
                    <td key={role}>{threeDigits(shares[role])}</td>
                  ))}
                  <td>{threeDigits(total)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </figure>
  )
}

/** What the figure is made of. */
function Ingredients({ rows }: { rows: readonly Row[] }) {
  return (
    <section aria-labelledby="ingredients">
      <h3 id="ingredients">What was captured</h3>
      <Scroll label="Sizes in the recorded examples">
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col">once, to begin</th>
              <th scope="col">around each notice</th>
              <th scope="col">around all of a poll</th>
              <th scope="col">a poll for nothing</th>
              <th scope="col">signs of life, a round</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, sizes: { onceBytes, pushed, polled } }) => (
              <tr key={id}>
                <th scope="row">{nameOf(id)}</th>
                <td>{pushed ? whole(onceBytes) : 'nothing'}</td>
                <td>{pushed ? whole(pushed.framingBytes) : 'a comma'}</td>
                <td>{polled ? whole(polled.requestBytes + polled.headBytes + polled.envelopeBytes) : 'none'}</td>
                <td>{polled ? whole(polled.requestBytes + polled.emptyAnswerBytes) : 'none'}</td>
                <td>{pushed ? whole(pushed.beatBytes) : 'none'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="hint">
        Means over each example. What goes over a connection once is not in the figure: the longer it lasts, the less it
        is a notice. Signs of life are counted every 15 s. TCP’s and IP’s own headers are not in it either.
      </p>
    </section>
  )
}

const nameOf = (id: string): string => {
  const { glyph, label } = entryOf(id)!
  return `${glyph}\u00a0${label}`
}

/** 10 and not 10.0. */
const short = (value: number): string => String(Number(value.toPrecision(3)))

const whole = (bytes: number): string => formatBytes(Math.round(bytes))

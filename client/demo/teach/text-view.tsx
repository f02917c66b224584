// What the lanes show, as a table: newest first, up to the playhead.
import { useState } from 'preact/hooks'
import { lookOf } from '../../charts/drawing/style.ts'
import { Scroll } from '../../scroll.tsx'
import { eventText } from '../sentences.ts'
import { clock, player, shown } from '../store.ts'

const MAX_ROWS = 100
/** As far back as the lanes reach at full speed. */
const WINDOW_MS = 10_000

export function TextView() {
  const [lane, setLane] = useState('')
  const { atMs } = clock.value
  const rows: { t: number; lane: string; text: string }[] = []
  const events = player.log.between(atMs - WINDOW_MS, atMs)
  for (let i = events.length - 1; i >= 0 && rows.length < MAX_ROWS; i--) {
    const event = events[i]!
    // A class of 25 would fill the table within a second.
    if ('client' in event && event.client > 0) continue
    const text = eventText(event)
    const own = 'lane' in event ? event.lane : ''
    if (text !== undefined && (lane === '' || own === '' || own === lane)) rows.push({ t: event.t, lane: own, text })
  }
  return (
    <section class="panel text-view" aria-labelledby="text-title">
      <h2 id="text-title">As text{shown.value.knobs.clients > 1 && ': each lane’s first client'}</h2>
      <label>
        Lane{' '}
        <select value={lane} onChange={({ currentTarget }) => setLane(currentTarget.value)}>
          <option value="">all</option>
          {shown.value.lanes.map(each => (
            <option key={each} value={each}>
              {lookOf(each, 'light').label}
            </option>
          ))}
        </select>
      </label>
      <Scroll label="Events">
        <table>
          <thead>
            <tr>
              <th scope="col">s</th>
              <th scope="col">Lane</th>
              <th scope="col">What</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ t, lane, text }, index) => (
              <tr key={index}>
                <td class="number">{(t / 1000).toFixed(2)}</td>
                <td>{lane === '' ? '' : lookOf(lane, 'light').label}</td>
                <td>{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p>Nothing happened in the {WINDOW_MS / 1000} seconds before this moment.</p>}
      </Scroll>
    </section>
  )
}

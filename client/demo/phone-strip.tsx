// The phones of the class: one mark for each, with its transport, its number, and how late its last notice was.
import type { PhoneCount } from '../../server/demo/wire.ts'
import { lookOf } from '../charts/drawing/style.ts'
import { JoinBox } from './parts.tsx'
import { shown } from './store.ts'
import { theme } from './theme.ts'

/** As short as can be read from the last row: `34`, `120`, `1.4s`. */
export function shortDelay(delayMs: number | null): string {
  if (delayMs === null) return '–'
  if (delayMs < 999.5) return String(Math.round(delayMs))
  return `${(delayMs / 1000).toFixed(delayMs < 9950 ? 1 : 0)}s`
}

function sayPhone({ phone, transport, state, delayMs, behind }: PhoneCount): string {
  const { label } = lookOf(transport, 'light')
  const words = [
    `Phone ${phone}`,
    label,
    ...(state === 'asleep' ? ['asleep'] : []),
    delayMs === null ? 'no notice yet' : `last delay ${Math.round(delayMs)} ms`,
    ...(behind > 0 ? [`${behind} behind`] : []),
  ]
  return words.join(', ')
}

/** So many phones need the room of the QR code; who is late types the address. */
export const CROWD = 20

/** `joins`: a crowd leaves no room for the QR code beside it; the address stands in its head then. */
export function PhoneStrip({ joins = false }: { joins?: boolean }) {
  const { phones } = shown.value
  if (phones.length === 0) return null
  const isCrowd = phones.length > CROWD
  const isAnyAsleep = phones.some(({ state }) => state === 'asleep')
  return (
    <section class={`phones ${isCrowd ? 'many' : ''}`} aria-label="Phones">
      <div class="phones-head">
        <p>
          {phones.length === 1 ? '1 phone' : `${phones.length} phones`}
          {/* With the address beside it, it has one line. */}
          <span class="hint"> · ms late, +2: two behind{isAnyAsleep && ', zz: asleep'}</span>
        </p>
        {joins && isCrowd && <JoinBox isLine />}
      </div>
      <ul>
        {phones.map(phone => (
          <PhoneMark key={phone.phone} phone={phone} />
        ))}
      </ul>
    </section>
  )
}

function PhoneMark({ phone }: { phone: PhoneCount }) {
  const { color, glyph } = lookOf(phone.transport, theme.value)
  const isAsleep = phone.state === 'asleep'
  return (
    <li class={isAsleep ? 'asleep' : phone.behind > 0 ? 'behind' : ''} data-phone={phone.phone}>
      <span class="hidden-text">{sayPhone(phone)}</span>
      <span aria-hidden="true" class="mark">
        <span
          class="glyph"
          style={
            isAsleep ? { color: 'transparent', WebkitTextStroke: `1.5px ${color}` } : { color, WebkitTextStroke: '0' }
          }
        >
          {glyph}
        </span>
        <b>{phone.phone}</b>
        <span class="late">{isAsleep ? 'zz' : phone.behind > 0 ? `+${phone.behind}` : shortDelay(phone.delayMs)}</span>
      </span>
    </li>
  )
}

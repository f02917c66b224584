// The message that is open: what it is for, what it is made of, and its bytes.
import { formatBytes, formatMs } from '../../results/figures.ts'
import { BitGrid } from './bit-grid.tsx'
import { handshakeOf, isOfHandshake } from './handshake.ts'
import { HandshakeSteps } from './handshake-steps.tsx'
import { headsOf } from './headers.ts'
import { Lines } from './lines.tsx'
import { Needs } from './needs.tsx'
import { type Entry, type Reading, sizeOf } from './reading.ts'
import { chooseMessage } from './store.ts'
import { sayingOf, titleOf } from './words.ts'

export function MessageView({ reading, entry }: { reading: Reading; entry: Entry }) {
  const { message, number, connection, reads, sharesRead } = entry
  const { entries, conversations } = reading
  const heads = headsOf(reading)
  const head = heads.find(each => each.entry === entry)
  const handshake = handshakeOf(reading, heads)
  const broken = message.kind === 'rest' ? conversations[connection - 1]?.broken[message.way] : undefined
  return (
    <article class="message" aria-labelledby="message-title">
      <div class="message-head">
        <h3 id="message-title">{titleOf(entry)}</h3>
        <div class="turns">
          <button type="button" disabled={number === 1} onClick={() => chooseMessage(number - 1)}>
            ← before
          </button>
          <button type="button" disabled={number === entries.length} onClick={() => chooseMessage(number + 1)}>
            next →
          </button>
        </div>
      </div>
      <p class="hint">
        Message {number} of {entries.length} · {message.way === 'up' ? 'client to server' : 'server to client'} ·{' '}
        {formatBytes(sizeOf(message))} · {formatMs(message.fromMs)} after the beginning
        {conversations.length > 1 && ` · connection ${connection}`}
      </p>
      <p class="saying">{sayingOf(entry, reading)}</p>
      {broken && (
        <p class="problem">
          Byte {broken.at} of its direction: {broken.message}.
        </p>
      )}
      {(reads > 1 || sharesRead) && (
        <p class="reads-note">
          <strong>One read of TCP is not one message.</strong>{' '}
          {reads > 1 &&
            `This one came in ${reads} reads; the bytes show where one ended. A program that takes each read for a message would have broken here. `}
          {sharesRead && 'The read that brought its beginning had brought what is above as well.'}
        </p>
      )}
      {handshake && isOfHandshake(entry, handshake) && <HandshakeSteps handshake={handshake} />}
      {head && <Needs of={head} all={heads} notices={reading.delivered.length} />}
      {message.frame && <BitGrid entry={entry} frame={message.frame} />}
      <Lines key={number} entry={entry} head={head} heads={heads} />
    </article>
  )
}

// A capture as a text to read: each message with its bytes in hexadecimal and the parts they are, and what all of them add up to.
import { bytesOf, type Capture } from '../../client/anatomy/capture.ts'
import { type Conversation, decodeConnection, type Message, totalsOf } from '../../client/codecs/conversation.ts'
import { leavesOf, type Part, roles } from '../../client/codecs/part.ts'
import { entryOf } from '../../client/transports/index.ts'
import { markdownTable } from '../../results/table.ts'

/** Bytes in a row, and rows of one message that are shown. */
const ROW_BYTES = 16
const MOST_ROWS = 96
/** Characters of what a part says. */
const MOST_SAID = 100

export const conversationsOf = ({ connections }: Pick<Capture, 'connections'>): Conversation[] =>
  connections.map(({ chunks }) => decodeConnection(chunks))

/** All captures as one Markdown text: first the sums, then every byte. */
export function writtenWire(captures: readonly Capture[]): string {
  const [first] = captures
  const rows = captures.map(capture => {
    const { byRole, bytes, notices } = totalsOf(conversationsOf(capture))
    return [labelOf(capture), ...roles.map(role => count(byRole[role])), count(bytes), count(notices)]
  })
  const columns = [
    { header: 'transport', align: 'left' as const },
    ...[...roles, 'all', 'notices'].map(header => ({ header, align: 'right' as const })),
  ]
  return `# What went over the wire

${first ? `Taken on ${first.takenAt.slice(0, 10)} by ${first.client}, with a server of its own for each transport.` : ''} Bytes of TCP payload, both ways. _Body_ is the notices, _framing_
what marks where they begin and end, _headers_ what HTTP says of them, _empty_ polls that brought nothing, with their requests, and signs of life.

${markdownTable({ columns, rows })}
${captures.map(writtenCapture).join('')}`
}

const labelOf = ({ transport }: Capture): string => entryOf(transport)?.label ?? transport
const count = (bytes: number): string => bytes.toLocaleString('en')

function writtenCapture(capture: Capture): string {
  const conversations = conversationsOf(capture)
  const connections = capture.connections.map((connection, i) => {
    const { messages, broken } = conversations[i]!
    const whole = { up: bytesOf(connection, 'up'), down: bytesOf(connection, 'down') }
    const faults = Object.entries(broken).map(([way, { at, message }]) => `${way}, byte ${at}: ${message}.`)
    const head = `\n### Connection ${i + 1}, opened after ${ms(connection.openedMs)}\n`
    return [
      head,
      ...faults.map(fault => `\n${fault}\n`),
      ...messages.map(one => writtenMessage(one, whole[one.way])),
    ].join('')
  })
  return `\n## ${labelOf(capture)}\n${connections.join('')}`
}

const ms = (value: number): string => `${value.toFixed(1)} ms`

function writtenMessage({ way, kind, title, from, to, fromMs, parts }: Message, bytes: Uint8Array): string {
  const direction = way === 'up' ? 'client → server' : 'server → client'
  return `
**${direction}** at ${ms(fromMs)}: ${title} (${kind}, ${to - from} B)

\`\`\`text
${hexRows(bytes, from, to).join('\n')}

${leavesOf(parts).map(partRow).join('\n')}
\`\`\`
`
}

/** `0010  47 45 54 …  |GET …|`: the place in its direction, the bytes, and the characters that are any. */
export function hexRows(bytes: Uint8Array, from: number, to: number): string[] {
  const rows: string[] = []
  for (let at = from; at < to && rows.length < MOST_ROWS; at += ROW_BYTES) {
    const row = [...bytes.subarray(at, Math.min(at + ROW_BYTES, to))]
    const hex = row.map(byte => byte.toString(16).padStart(2, '0')).join(' ')
    const text = row.map(byte => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')
    rows.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(3 * ROW_BYTES - 1)}  |${text}|`)
  }
  const left = to - from - MOST_ROWS * ROW_BYTES
  return left > 0 ? [...rows, `… ${count(left)} bytes more`] : rows
}

/** `     4 B  framing  mask                 each byte …`; bits of a byte in brackets. */
function partRow({ from, to, role, name, text, meaning, parts = [] }: Part): string {
  const bits = parts.map(part => `${part.name} ${part.text}`).join(', ')
  const said = [text, meaning, bits].filter(each => each !== undefined && each !== '').join(' · ')
  const line = `${count(to - from).padStart(7)} B  ${role.padEnd(7)}  ${name.padEnd(26)}  ${oneLine(said)}`
  return line.trimEnd()
}

const oneLine = (text: string): string => {
  // Line ends and other controls would break the row.
  const shown = text.replace(/\p{Cc}/gu, character => JSON.stringify(character).slice(1, -1))
  return shown.length > MOST_SAID ? `${shown.slice(0, MOST_SAID - 1)}…` : shown
}

// What a message is for, in a sentence or two, and the places in a conversation that are worth looking at.
import { counted, formatBytes, formatMs } from '../../results/figures.ts'
import { textOf } from '../codecs/bytes.ts'
import { opcodes } from '../codecs/frames.ts'
import { headerOf } from '../codecs/http.ts'
import { bytesByRole } from '../codecs/part.ts'
import { type Entry, heldMs, otherHalfOf, type Reading, sizeOf } from './reading.ts'

/** An answer that came so much later than its request was not on its way, but waited for. */
const HELD_MS = 150

const isUpgrade = ({ message: { head } }: Entry): boolean =>
  head !== undefined && headerOf(head, 'sec-websocket-key') !== null
const textOfTarget = ({ message: { head } }: Entry): string => head?.target ?? ''
/** Of Engine.IO, whose version is in each of its requests. */
const isLibraryPoll = (entry: Entry): boolean => !isPost(entry) && /[?&]EIO=/.test(textOfTarget(entry))
const isPost = ({ message: { head } }: Entry): boolean => head?.method === 'POST'

/** Whether a client said something of its own, apart from asking for notices. */
const isUpstream = (entry: Entry): boolean => entry.message.way === 'up' && noticeBytesOf(entry) > 0

/** How long a poll was held before this answer to it, or this request was; undefined where it was not. */
export function holdOf(entry: Entry, reading: Reading): number | undefined {
  const other = otherHalfOf(entry, reading)
  if (!other || other.message.kind === 'head' || entry.message.kind === 'head') return undefined
  const [request, answer] = entry.message.kind === 'request' ? [entry, other] : [other, entry]
  const forMs = heldMs(request, answer)
  // The library is loaded with its first poll, whose answer takes as long as that.
  return forMs >= HELD_MS && !isPost(request) && !isOfLibrary(answer) ? forMs : undefined
}

/** Bytes of the notices themselves in a message. */
export const noticeBytesOf = ({ message }: Entry): number => bytesByRole(message.parts).body

/** What a library says for itself, and no notice. */
const isOfLibrary = (entry: Entry): boolean => entry.message.seqs.length === 0 && packetOf(entry) !== undefined

const textIn = ({ message: { content } }: Entry): string => (content ? textOf(content) : '')

/** A stream's answer to what a client said upstream, by its own reference or by the library's. */
const isReceipt = (entry: Entry): boolean =>
  entry.message.way === 'down' && (/^\{"ref":/.test(textIn(entry)) || /^ack\b/.test(packetOf(entry) ?? ''))

/** What kind of packet a library's frame carries; undefined where none does. */
const packetOf = ({ message: { parts } }: Entry): string | undefined =>
  parts.findLast(({ name }) => name === 'Socket.IO type' || name === 'Engine.IO type')?.meaning

/** A message's title with what is in it: `text frame: notice 3`. */
export function titleOf(entry: Entry): string {
  const { way, kind, title, seqs, event, frame } = entry.message
  const [first, last] = [seqs[0], seqs.at(-1)]
  if (first !== undefined) return `${title}: ${first === last ? `notice ${first}` : `notices ${first} to ${last}`}`
  if (kind === 'empty answer') return `${title}: ${packetOf(entry) ?? 'nothing new'}`
  if (isReceipt(entry)) return `${title}: receipt`
  if (event?.retryMs !== undefined && event.data === undefined) return 'event stream: retry'
  if (kind === 'message' && way === 'up' && bytesByRole(entry.message.parts).body > 0) return `${title}: upstream`
  if (/^\{"cursor":/.test(textIn(entry)) && frame) return `${title}: position`
  const packet = packetOf(entry)
  return packet === undefined ? title : `${title}: ${packet}`
}

/** What a message is for, in a sentence or two. */
export function sayingOf(entry: Entry, reading: Reading): string {
  const { message } = entry
  const size = formatBytes(sizeOf(message))
  const other = otherHalfOf(entry, reading)
  const hold = holdOf(entry, reading)
  switch (message.kind) {
    case 'request':
      if (isUpgrade(entry))
        return 'It begins as an ordinary HTTP request. Its header Upgrade asks the server to go on in another protocol, over this very connection.'
      if (packetOf(entry) !== undefined) return librarySaying(packetOf(entry)!)
      if (isLibraryPoll(entry))
        return textOfTarget(entry).includes('sid=')
          ? 'A poll of the library, within its session: it brings what the server has to say until the WebSocket takes over.'
          : 'The library begins with a poll, which asks for a session. Whether a WebSocket can be had it tries afterwards.'
      if (isPost(entry))
        return `Upstream. What the client has to say is a request of its own, with all its headers: ${size}.`
      if (other?.message.kind === 'head')
        return 'One request, once. Its answer does not end: all that follows comes down as a part of it.'
      if (hold !== undefined)
        return `A poll that is held. The server has it, says nothing for ${formatMs(hold)}, and answers when there is a notice or the time is up.`
      return 'A poll: is there anything behind my cursor? It is asked, with all its headers, whether there is or not.'
    case 'answer':
      if (other && isPost(other))
        return isUpstream(other)
          ? 'The server has what the client said, and tells the number it gave it.'
          : 'The server has it.'
      if (message.seqs.length === 0) return 'An answer without a notice, which says where the stream stands.'
      return `${hold === undefined ? '' : `It was held back for ${formatMs(hold)}, until there was something. `}${counted(message.seqs.length, 'notice')}, ${formatBytes(noticeBytesOf(entry))}, in an answer of ${size}.`
    case 'empty answer': {
      if (packetOf(entry) !== undefined) return librarySaying(packetOf(entry)!)
      const both = formatBytes(sizeOf(message) + (other ? sizeOf(other.message) : 0))
      return hold === undefined
        ? `Nothing new. The request and this answer, ${both} together, said no more than that.`
        : `Held for ${formatMs(hold)}; then the time was up, and the answer is empty. The client asks again at once: ${both} for nothing, but only once in a while.`
    }
    case 'head':
      return message.head?.status === 101
        ? 'The server agrees. Behind the empty line nothing is HTTP any more: the next byte, either way, is a frame.'
        : `The head of an answer that stays open. ${message.head && headerOf(message.head, 'transfer-encoding') ? 'Its length is not known, so it comes in chunks, each with its size before it.' : 'It has no length: it ends when the connection does.'}`
    case 'message': {
      if (isReceipt(entry)) return 'The server has what the client said, and tells the number it gave it.'
      if (message.event?.retryMs !== undefined && message.event.data === undefined)
        return `How long the browser shall wait before it connects again, once the stream is cut: ${formatMs(message.event.retryMs)}.`
      if (bytesByRole(message.parts).body === 0 && packetOf(entry) !== undefined) return librarySaying(packetOf(entry)!)
      if (message.way === 'up')
        return `Upstream: a frame on the connection that is there anyway, ${size} with all that is around it.`
      if (message.seqs.length === 0)
        return 'Where the stream stands: the cursor from which this client goes on after a cut.'
      const around = sizeOf(message) - noticeBytesOf(entry)
      return `${counted(message.seqs.length, 'notice')}, ${formatBytes(noticeBytesOf(entry))}, and ${formatBytes(around)} around ${message.seqs.length === 1 ? 'it' : 'them'}. Nobody had to ask.`
    }
    case 'heartbeat':
      switch (message.frame?.opcode) {
        case opcodes.ping:
          return 'Are you there? A ping comes when nothing else was said for a while. Pages do not see it: the browser answers by itself.'
        case opcodes.pong:
          return 'I am. The pong repeats what was in the ping, masked, as all that a client sends.'
        default:
          return 'A sign of life that carries nothing, so that both ends, and what lies between them, keep the connection open.'
      }
    case 'close':
      return `The end, said by ${message.way === 'up' ? 'the client' : 'the server'}${closeWords(entry)}. The other side repeats it, and the connection is closed.`
    case 'rest':
      return 'From here on these bytes are not what they should be, or there are too few of them.'
  }
}

/** What a packet of the library is for that carries no notice. */
function librarySaying(packet: string): string {
  const [kind] = packet.split(',')
  switch (kind) {
    case 'open':
      return 'The library’s own greeting: a session, how often it will ping, and what it can go over to.'
    case 'connect':
      return 'The library’s second greeting, within the first: this one is of Socket.IO, for one namespace.'
    case 'noop':
      return 'Nothing, said so that a held poll has an answer: the WebSocket has taken over.'
    case 'upgrade':
      return 'From here on the WebSocket carries everything, and polling ends.'
    default:
      return 'What the library says for itself, or of where the stream stands.'
  }
}

function closeWords({ message: { parts } }: Entry): string {
  const code = parts.find(({ name }) => name === 'close code')
  return code ? `: ${code.text}, ${code.meaning}` : ''
}

/** A place worth looking at. */
export interface Sight {
  readonly label: string
  readonly number: number
}

/** The first message of each kind that a visitor may look for. */
export function sightsOf(reading: Reading): Sight[] {
  const { entries } = reading
  const isDelivered = ({ message: { way, kind, seqs } }: Entry): boolean =>
    way === 'down' && seqs.length > 0 && (kind === 'message' || kind === 'answer')
  const first = (label: string, is: (entry: Entry) => boolean): Sight[] => {
    const found = entries.find(is)
    return found ? [{ label, number: found.number }] : []
  }
  const isPoll = (entry: Entry): boolean => entry.message.kind === 'request' && !isPost(entry) && !isUpgrade(entry)
  return [
    ...first('handshake', isUpgrade),
    ...first('the server agrees', ({ message }) => message.head?.status === 101),
    ...first('an endless answer', ({ message: { kind, head } }) => kind === 'head' && head?.status !== 101),
    ...first('held poll', entry => isPoll(entry) && holdOf(entry, reading) !== undefined),
    ...first('empty poll', entry => entry.message.kind === 'empty answer' && !isOfLibrary(entry)),
    ...first('a notice', isDelivered),
    ...first('upstream', isUpstream),
    ...first('ping', ({ message }) => message.frame?.opcode === opcodes.ping),
    ...first('pong', ({ message }) => message.frame?.opcode === opcodes.pong),
    ...first(
      'heartbeat',
      ({ message: { kind, frame } }) => kind === 'heartbeat' && (frame?.opcode ?? 0) < opcodes.ping,
    ),
    ...first('cut by a read', ({ message }) => message.cuts.length > 0),
    ...first('several in one read', ({ sharesRead }) => sharesRead),
    ...first('close', ({ message }) => message.kind === 'close'),
  ]
}

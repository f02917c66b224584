// Packets of Engine.IO 4 and, within its messages, of Socket.IO 5, as they stand on the wire.
// Source: https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/.
import { Malformed } from './part.ts'

/** Between packets that one HTTP body carries. */
export const SEPARATOR = '\x1e'

export const engineTypes = ['open', 'close', 'ping', 'pong', 'message', 'upgrade', 'noop'] as const
export const socketTypes = [
  'connect',
  'disconnect',
  'event',
  'ack',
  'connect error',
  'binary event',
  'binary ack',
] as const

export interface SocketPacket {
  readonly type: (typeof socketTypes)[number]
  /** `/` where none is named. */
  readonly namespace: string
  /** Of an event that is to be acknowledged, and of its acknowledgement. */
  readonly ackId: number | undefined
  /** How many binary messages follow. */
  readonly attachments: number
  /** JSON, as it stands there; '' where there is none. */
  readonly data: string
  /** Characters before the data. */
  readonly headLength: number
}

export interface EnginePacket {
  /** `binary`: in a body, base64 behind a `b`. */
  readonly type: (typeof engineTypes)[number] | 'binary'
  readonly data: string
  /** Of a message. */
  readonly socket: SocketPacket | undefined
}

/** A packet's text. Throws Malformed, its place in characters, for an unknown type. */
export function readPacket(text: string): EnginePacket {
  if (text.startsWith('b')) return { type: 'binary', data: text.slice(1), socket: undefined }
  const type = /^[0-6]/.test(text) ? engineTypes[Number(text[0])] : undefined
  if (!type) throw new Malformed(0, `a packet of Engine.IO must begin with 0 to 6 or b, got ${quoted(text)}`)
  const data = text.slice(1)
  return { type, data, socket: type === 'message' ? readSocketPacket(data) : undefined }
}

/** A packet of Socket.IO, inside a message. Throws Malformed, its place in characters of the message. */
function readSocketPacket(text: string): SocketPacket {
  const type = /^[0-6]/.test(text) ? socketTypes[Number(text[0])] : undefined
  if (!type) throw new Malformed(1, `a packet of Socket.IO must begin with 0 to 6, got ${quoted(text)}`)
  let at = 1
  let attachments = 0
  if (type.startsWith('binary')) {
    const found = /^\d{1,9}-/.exec(text.slice(at))
    if (!found)
      throw new Malformed(1 + at, `a binary packet must say how many attachments follow, got ${quoted(text.slice(at))}`)
    attachments = Number.parseInt(found[0], 10)
    at += found[0].length
  }
  let namespace = '/'
  if (text[at] === '/') {
    const comma = text.indexOf(',', at)
    namespace = text.slice(at, comma < 0 ? undefined : comma)
    at = comma < 0 ? text.length : comma + 1
  }
  const id = /^\d{1,15}/.exec(text.slice(at))?.[0]
  at += id?.length ?? 0
  const data = text.slice(at)
  return { type, namespace, ackId: id === undefined ? undefined : Number(id), attachments, data, headLength: at }
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 20))

export const writePacket = ({ type, data }: Pick<EnginePacket, 'type' | 'data'>): string =>
  type === 'binary' ? `b${data}` : `${engineTypes.indexOf(type)}${data}`

export const writeSocketPacket = ({
  type,
  namespace,
  ackId,
  attachments,
  data,
}: Omit<SocketPacket, 'headLength'>): string =>
  [
    socketTypes.indexOf(type),
    ...(type.startsWith('binary') ? [attachments, '-'] : []),
    // What follows would be taken for a part of its name.
    ...(namespace === '/' ? [] : [namespace, ',']),
    ackId ?? '',
    data,
  ].join('')

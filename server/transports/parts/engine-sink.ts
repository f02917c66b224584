// Socket.IO's events on the wire, made once for all, and an Engine.IO connection as the feed writes to it.
import { EventEmitter } from 'node:events'
import type { Socket as Conn } from 'engine.io'
import type { WebSocket } from 'ws'
import type { Chunk, Sink } from '../../feed.ts'
import { textFrames } from '../../frames.ts'

/** How long a poller may take to come for the last packet. */
const CLOSE_WITHIN_MS = 2000
/** Between packets of one polling answer (Engine.IO protocol 4); JSON text never contains it. */
const SEPARATOR = '\x1e'

/** Events as Engine.IO takes them: one message where it polls, frames where it is a WebSocket; both made once for all subscribers. */
export interface Packets extends Chunk {
  readonly text: string
  readonly frames: Buffer
}

/** Engine.IO's message (4) with Socket.IO's event (2) in the main namespace for each entry: `42["notice",…]`. */
export function packetsOf(
  event: string,
  entries: readonly { readonly json: string; readonly bytes: number }[],
): Packets {
  const before = `42["${event}",`
  const messages = entries.map(({ json, bytes }) => ({ json: `${before}${json}]`, bytes: before.length + bytes + 1 }))
  const frames = textFrames(messages)
  // Engine.IO puts its own 4 before the first.
  const text = messages
    .map(({ json }) => json)
    .join(SEPARATOR)
    .slice(1)
  return { text, frames, length: frames.length }
}

export const joined = (first: Packets, second: Packets): Packets => ({
  text: `${first.text}${SEPARATOR}4${second.text}`,
  frames: Buffer.concat([first.frames, second.frames]),
  length: first.length + second.length,
})

/** One event whose argument is ASCII. */
export const packetOf = (event: string, json: string): Packets => packetsOf(event, [{ json, bytes: json.length }])

/** A connection as the feed writes to it. Nothing may be written to the connection besides that does not go through its own queue. */
export function sinkOf(conn: Conn): Sink<Packets> {
  const events = new EventEmitter()
  let waiting = 0
  let isGone = false
  // Of the transport it begins with: a poller's last packet is not kept for longer than a subscriber's goodbye.
  if (conn.transport.name === 'polling')
    (conn.transport as unknown as { closeTimeout: number }).closeTimeout = CLOSE_WITHIN_MS
  const webSocketOf = (): WebSocket | undefined => (conn.transport as { socket?: WebSocket }).socket
  const gone = (): void => {
    isGone = true
    events.emit('close')
  }
  conn.once('close', () => {
    // Engine.IO calls it closed as soon as its Close frame is queued; what waits before that is there until the socket is gone.
    const webSocket = webSocketOf()
    if (webSocket && webSocket.readyState !== webSocket.CLOSED) webSocket.once('close', gone)
    else gone()
  })
  return {
    write(chunk) {
      if (conn.readyState !== 'open') return
      const { length } = chunk
      waiting += length
      // One packet of the library's, however many events: it then is one write, as on the other transports. A WebSocket takes the
      // frames as they are (as Socket.IO's own broadcast does), a poll the text.
      conn.write(chunk.text, { wsPreEncodedFrame: [chunk.frames] } as never, () => {
        waiting -= length
        if (waiting === 0) events.emit('drain')
      })
    },
    get writableLength() {
      return waiting
    },
    get destroyed() {
      return isGone
    },
    destroy() {
      const webSocket = webSocketOf()
      conn.close(true)
      webSocket?.terminate()
    },
    once: (event, listener) => events.once(event, listener),
    on: (event, listener) => events.on(event, listener),
  }
}

// Socket.IO: the stream as events of a library's own protocol, over its polling, its WebSocket, or the one upgraded to the other.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Socket as Conn, Server as Engine } from 'engine.io'
import type { Socket as IoSocket } from 'socket.io'
import { createFeed, type Subscriber, type Wire } from '../feed.ts'
import { Problem, toProblem } from '../problem.ts'
import { closeCodes, deliveryPath, encodePosition, formatCursor, limits } from '../protocol.ts'
import type { Start } from '../stream.ts'
import { joined, type Packets, packetOf, packetsOf, sinkOf } from './parts/engine-sink.ts'
import type { CreateDelivery } from './transport.ts'

/** Publishes of one connection that may be under way at once. */
const MAX_PUBLISHES = 64
/** Acknowledgements that may wait for one that does not read them. */
const MAX_UNREAD = 1000
/** Bytes of Engine.IO's ping as a WebSocket frame. */
const PING_BYTES = 3

interface Member extends Subscriber<Packets> {
  readonly conn: Conn
}

/** Says why in an event, and closes: not Socket.IO's own disconnect, after which its clients would not come back by themselves. */
function close(member: Member, code: number): void {
  if (member.isClosing) return
  member.socket.write(packetOf('closing', `{"code":${code}}`))
  member.isClosing = true
  member.conn.close()
}

const wire: Wire<Member, Packets> = {
  notices: (_epoch, entries) => packetsOf('notice', entries),
  gap: (cursor, missed) => packetOf('gap', encodePosition(cursor, missed)),
  join: joined,
  goodbye: (member, why) => close(member, why === 'slow' ? closeCodes.tryAgainLater : closeCodes.goingAway),
}

/** A refusal as Socket.IO's connect_error carries it. */
function refusal(error: unknown): Error {
  const { message, status } = toProblem(error)
  return Object.assign(new Error(message), { data: { status } })
}

export const createDelivery: CreateDelivery = context => {
  const { stream, publishing, tally, heartbeatMs } = context
  const feed = createFeed(context, wire)
  let loading: Promise<Engine> | undefined
  let engine: Engine | undefined

  /** Loaded with the first request: a server that nobody asks for it does without. */
  async function start(): Promise<Engine> {
    const [{ Server: EngineServer }, { Server }] = await Promise.all([import('engine.io'), import('socket.io')])
    // Not attached: it would bring an upgrade listener of its own, which ends what it does not know.
    engine = new EngineServer({
      pingInterval: heartbeatMs,
      pingTimeout: heartbeatMs,
      maxHttpBufferSize: limits.frameBytes,
      perMessageDeflate: false,
      httpCompression: false,
    })
    const io = new Server({ serveClient: false, path: deliveryPath('socket-io') })
    io.bind(engine)
    io.use((socket, next) => {
      const { after } = socket.handshake.auth as { after?: unknown }
      Promise.resolve()
        .then(() => {
          if (after === undefined || typeof after === 'string') return stream.start(after)
          throw new Problem(400, '"after" must be a string')
        })
        .then(
          start => {
            socket.data = start
            next()
          },
          error => next(refusal(error)),
        )
    })
    io.on('connection', socket => welcome(socket, socket.data as Start))
    return engine
  }

  function welcome(socket: IoSocket, start: Start): void {
    const conn = socket.conn as unknown as Conn
    const sink = sinkOf(conn)
    const member: Member = { conn, socket: sink, isClosing: false }
    let underWay = 0
    let unread = 0
    sink.write(packetOf('hello', encodePosition(formatCursor(start.epoch, start.seq), start.missed)))

    // What waited has been handed over.
    conn.on('drain', () => {
      unread = 0
    })
    conn.on('heartbeat', () => {
      tally.heartbeatBytes += PING_BYTES
    })
    conn.on('message', (data: unknown) => {
      if (typeof data !== 'string') close(member, closeCodes.unsupportedData)
    })
    // There is nothing else here that a connection could go on with.
    socket.on('disconnect', () => conn.close())
    socket.on('publish', (body: unknown, ...rest: unknown[]) => {
      const last = rest.at(-1)
      const settings = typeof rest[0] === 'object' && rest[0] !== null ? rest[0] : {}
      const { id, token } = settings as { id?: unknown; token?: unknown }
      const answer = (value: { seq: number } | { error: string }): void => {
        if (typeof last !== 'function' || member.isClosing) return
        last(value)
        // Publishes ask for bytes: whoever does not read the answers gets no more of them.
        if (++unread > MAX_UNREAD) sink.destroy()
      }
      if (underWay >= MAX_PUBLISHES)
        return answer({ error: `at most ${MAX_PUBLISHES} publishes of a connection may be under way at once` })
      underWay++
      publishing
        .publishBody(body, id, token)
        .then(
          seq => answer({ seq }),
          error => answer({ error: toProblem(error).message }),
        )
        .finally(() => underWay--)
    })
    feed.add(member, start)
  }

  /** Loads what it takes and goes on at once where that is done. */
  function withEngine(go: (engine: Engine) => void): void | Promise<void> {
    tally.requests++
    if (engine) return go(engine)
    loading ??= start()
    return loading.then(go)
  }

  return {
    methods: ['GET', 'POST'],
    isSlashed: true,
    handle: (req: IncomingMessage, res: ServerResponse) =>
      withEngine(engine => engine.handleRequest(req as never, res as never)),
    upgrade: (req: IncomingMessage, socket: Socket, head: Buffer) =>
      withEngine(engine => engine.handleUpgrade(req as never, socket, head)),
    async drain(signal) {
      const cut = await feed.drain(signal)
      // Those that did not join, too.
      engine?.close()
      return cut
    },
  }
}

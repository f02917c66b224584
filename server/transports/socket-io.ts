// Socket.IO: the stream as events of a library's own protocol, over its polling, its WebSocket, or the one upgraded to the other.
import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket as Connection } from 'node:net'
import type { Server as Engine, Socket as Session } from 'engine.io'
import type { Server, Socket } from 'socket.io'
import { burn } from '../burn.ts'
import { type Chunk, createFeed, type Room, type Sink, type Subscriber, type WireFormat } from '../feed.ts'
import { frameBytes } from '../frames.ts'
import type { Entry } from '../log.ts'
import { Problem, toProblem } from '../problem.ts'
import { closeCodes, deliveryPath, formatCursor, limits, type Missed } from '../protocol.ts'
import type { Start } from '../stream.ts'
import { queryOf } from '../target.ts'
import { BoundedWebSocketServer } from '../web-sockets.ts'
import type { CreateDelivery } from './transport.ts'

/** Publishes of one connection that may be under way at once. */
const MAX_PUBLISHES = 64
/** Sessions without a connection of their own, begun with a poll: over one connection, and in all. */
const MAX_SESSIONS = { connection: 200, all: 4000 }
/** A session has this long to join the stream. */
const JOIN_MS = 10_000
/** Packets that may wait for one session, joined or not, and how much longer than a subscriber's its queue may be. */
const MAX_PACKETS = 20_000
const MORE_BYTES = 4 * 1024 * 1024
/** Acknowledgements that may wait for one that does not read them. */
const MAX_UNREAD = 1000
/** Bytes of Engine.IO's ping as a WebSocket frame. */
const PING_BYTES = 3
/** The room of those who have everything. */
const LIVE = 'live'
/** What an event is apart from its name and its argument: Engine.IO's 4, Socket.IO's 2, `["",]`. */
const EVENT_BYTES = 7

/** Events as Socket.IO emits them: the library encodes each one and writes it by itself. */
interface Events extends Chunk {
  readonly events: readonly (readonly [name: string, argument: unknown])[]
}

interface IoSubscriber extends Subscriber<Events> {
  readonly io: Socket
}

const eventOf = (name: string, argument: unknown, bytes: number): Events => ({
  events: [[name, argument]],
  length: frameBytes(EVENT_BYTES + name.length + bytes),
  writes: 1,
})

const joined = (...all: readonly Events[]): Events => ({
  events: all.flatMap(({ events }) => events),
  length: all.reduce((sum, { length }) => sum + length, 0),
  writes: all.reduce((sum, { writes }) => sum + writes!, 0),
})

const positionOf = (name: string, cursor: string, missed: Missed): Events => {
  const argument = { cursor, missed }
  return eventOf(name, argument, JSON.stringify(argument).length)
}

const noticeOf = ({ json, bytes }: Entry): Events => eventOf('notice', JSON.parse(json), bytes)

/** Says why in an event, and closes: not Socket.IO's own disconnect, after which its clients would not come back by themselves. It waits for what was
 * not read yet; the feed cuts who does not read it in time. */
function close(member: IoSubscriber, code: number): void {
  if (member.isClosing) return
  const { io } = member
  io.emit('closing', { code })
  member.isClosing = true
  io.conn.close()
}

/** A refusal as Socket.IO's connect_error carries it. */
function refusal(error: unknown): Error {
  const { message, status } = toProblem(error)
  return Object.assign(new Error(message), { data: { status } })
}

export const createDelivery: CreateDelivery = context => {
  const { stream, publishing, publisherOf, tally, heartbeatMs, burnUs, maxQueueBytes, answerTimeoutMs } = context
  const { subscribers } = context
  let io: Server | undefined
  let engine: Engine | undefined
  let loading: Promise<Engine> | undefined
  const sessions = createSessions()
  const waiting = new WeakMap<Session, Waiting>()
  /** Those that are about to be subscribers, or are. */
  const joining = new WeakSet<Session>()

  const room: Room<IoSubscriber, Events> = {
    write({ events }) {
      for (const [name, argument] of events) io!.local.to(LIVE).emit(name, argument)
    },
    join: member => void member.io.join(LIVE),
    leave: member => void member.io.leave(LIVE),
  }
  const wire: WireFormat<IoSubscriber, Events> = {
    notices: (_epoch, entries) => joined(...entries.map(noticeOf)),
    gap: (cursor, missed) => positionOf('gap', cursor, missed),
    join: joined,
    goodbye: (member, why) => close(member, why === 'slow' ? closeCodes.tryAgainLater : closeCodes.goingAway),
    room,
  }
  const feed = createFeed(context, wire)

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
      wsEngine: BoundedWebSocketServer,
      allowRequest(req, decide) {
        const why = sessions.refusal(req)
        decide(why, why === undefined)
      },
    })
    engine.on('connection', conn => {
      sessions.add(conn)
      waiting.set(conn, waitingOf(conn, maxQueueBytes + MORE_BYTES))
    })
    io = new Server({ serveClient: false, path: deliveryPath('socket-io'), connectTimeout: JOIN_MS })
    io.bind(engine)
    io.use((socket, next) => {
      const { conn } = socket
      const { after } = socket.handshake.auth as { after?: unknown }
      // The library looks for a second one only once the first has got through here.
      if (joining.has(conn)) return next(refusal(new Problem(409, 'this connection has joined already')))
      joining.add(conn)
      Promise.resolve()
        .then(() => {
          if (after === undefined || typeof after === 'string') return stream.start(after)
          throw new Problem(400, '"after" must be a string')
        })
        .then(start => {
          subscribers.admit()
          socket.data = start
          next()
        })
        .catch(error => {
          joining.delete(conn)
          next(refusal(error))
        })
    })
    io.on('connection', socket => welcome(socket, socket.data as Start))
    return engine
  }

  function welcome(io: Socket, start: Start): void {
    const { conn } = io
    const sink = sinkOf(io, waiting.get(conn)!)
    const publisher = publisherOf(io.request)
    const member: IoSubscriber = { io, socket: sink, isClosing: false }
    let underWay = 0
    let unread = 0
    sink.write(positionOf('hello', formatCursor(start.epoch, start.seq), start.missed))

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
    if (burnUs > 0) conn.on('packetCreate', () => burn(burnUs))
    // There is nothing else here that a connection could go on with.
    io.on('disconnect', () => conn.close())
    io.on('publish', (body: unknown, ...rest: unknown[]) => {
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
        .publishBody(publisher, body, id, token)
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
    handle(req, res) {
      req.socket.setTimeout(answerTimeoutMs)
      return withEngine(engine => void engine.handleRequest(req as EngineRequest, res))
    },
    upgrade: (req, socket, head) => withEngine(engine => engine.handleUpgrade(req as EngineRequest, socket, head)),
    async drain(signal) {
      const cut = await feed.drain(signal)
      // Those that did not join, too.
      engine?.close()
      return cut
    },
  }
}

type EngineRequest = Parameters<Engine['handleRequest']>[0]

/** What was made for a session since Engine.IO last handed over everything to the transport. */
interface Waiting {
  bytes: number
  packets: number
}

/** Counts, and ends the session for which too much waits: one that has not joined is answered too. */
function waitingOf(session: Session, maxBytes: number): Waiting {
  const queue: Waiting = { bytes: 0, packets: 0 }
  session.on('packetCreate', ({ data }: { data?: string | Buffer }) => {
    queue.bytes += data?.length ?? 0
    queue.packets++
    if (queue.packets > MAX_PACKETS || queue.bytes > maxBytes) setImmediate(() => session.close(true))
  })
  session.on('drain', () => {
    queue.bytes = 0
    queue.packets = 0
  })
  return queue
}

/** Counts the sessions that were begun with a poll: any number of them may come over one connection. */
function createSessions() {
  const byConnection = new WeakMap<Connection, number>()
  let all = 0
  const countOf = (connection: Connection): number => byConnection.get(connection) ?? 0
  const change = (connection: Connection, by: 1 | -1): void => {
    all += by
    byConnection.set(connection, countOf(connection) + by)
  }
  return {
    /** Why a request that begins a session is refused. */
    refusal({ url, socket }: IncomingMessage): string | undefined {
      const names = queryOf(url!).getAll('transport')
      if (names.length === 1 && names[0] === 'websocket') return undefined
      if (all >= MAX_SESSIONS.all) return `at most ${MAX_SESSIONS.all} sessions may be polling`
      if (countOf(socket) >= MAX_SESSIONS.connection)
        return `at most ${MAX_SESSIONS.connection} sessions may be begun over one connection`
      return undefined
    },
    add(session: Session): void {
      if (session.transport.name !== 'polling') return
      const { socket } = session.request
      let isCounted = true
      const leave = (): void => {
        if (isCounted) change(socket, -1)
        isCounted = false
      }
      change(socket, 1)
      session.once('upgrade', leave)
      session.once('close', leave)
    },
  }
}

/** A connection as the feed writes to it. */
function sinkOf(io: Socket, queue: Waiting): Sink<Events> {
  const { conn } = io
  const events = new EventEmitter()
  let isGone = false
  conn.on('drain', () => void events.emit('drain'))
  conn.once('close', () => {
    isGone = true
    events.emit('close')
  })
  return {
    write(chunk) {
      for (const [name, argument] of chunk.events) io.emit(name, argument)
    },
    get writableLength() {
      return queue.bytes
    },
    get destroyed() {
      return isGone
    },
    destroy: () => void conn.close(true),
    once: (event, listener) => events.once(event, listener),
    on: (event, listener) => events.on(event, listener),
  }
}

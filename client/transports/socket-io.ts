// Socket.IO, the client's half: its own client library, which polls and then upgrades to a WebSocket; retries and resuming are ours.
import { Manager } from 'socket.io-client'
import { deliveryPath } from '../../server/protocol.ts'
import { refusalText, refuse } from '../answer.ts'
import { reasonOf } from '../reason.ts'
import { openSession, silence } from '../session.ts'
import type { Cancel, LibraryNetwork, Subscribe, TransportOptions } from './transport.ts'

const path = deliveryPath('socket-io')
const what = `Socket.IO ${path}`
/** In the order in which they are tried; the first one that may upgrade does. */
const transportsOver = { polls: ['polling'], frames: ['websocket'], both: ['polling', 'websocket'] }
/** The library polls as fast as it is answered. So many polls of a second that bring no notice are no server that holds them. */
const FRUITLESS_POLLS = 20
/** Engine.IO's error for a session that the server does not have: it has restarted, or the request went to another one. */
const UNKNOWN_SESSION = /"code":1\b/

/** Engine.IO's ping, pong, noop, and the probe of an upgrade with its end. */
export const signs = /^(?:[236]|[23]probe|5)$/

/** The options that this transport has of its own. */
export interface SocketIoOptions {
  /** By `polls` only, or by a WebSocket's `frames` only; absent = by polling, and then over to a WebSocket. */
  readonly over?: 'polls' | 'frames'
}

/** What the library says of a connection that could not be made. */
interface ConnectError extends Error {
  /** What our server's refusal carries. */
  readonly data?: { readonly status?: unknown }
  /** Of a poll its status, of a WebSocket an event with a message. */
  readonly description?: unknown
  /** Of a poll its XMLHttpRequest. */
  readonly context?: { readonly responseText?: unknown }
}

/** Throws where an option is none of `SocketIoOptions`. */
function overOf({ over, ...others }: TransportOptions): keyof typeof transportsOver {
  for (const name of Object.keys(others)) throw new TypeError(`${what} has no option "${name}"`)
  if (over === undefined) return 'both'
  if (over === 'polls' || over === 'frames') return over
  throw new TypeError(`"over" must be polls or frames, got ${JSON.stringify(over)}`)
}

/** What engine.io-client takes to make its requests from Node as its subscriber's. */
const nodeOptions = ({ requests, upgrades }: NonNullable<LibraryNetwork['node']>) => ({
  perMessageDeflate: false,
  // Cookies are kept as a browser keeps those of its own origin: a balancer's is what makes sessions sticky.
  withCredentials: true,
  transportOptions: {
    polling: { agent: requests.agent, extraHeaders: requests.headers },
    websocket: { agent: upgrades.agent, extraHeaders: upgrades.headers },
  },
})

/** Throws where `transportOptions` are not this transport's. */
export const subscribe: Subscribe = subscription => {
  const transports = transportsOver[overOf(subscription.transportOptions ?? {})]
  let drop: Cancel | undefined
  let fruitless = { polls: 0, sinceMs: 0, delivered: 0 }
  const session = openSession(subscription, attempt, () => drop?.())
  const { ordering, tally } = session

  /** Runs `take` on what arrived; what it throws ends the subscription. */
  const taking = (take: (value: unknown) => void) => (value: unknown) => {
    if (session.isClosed()) return
    try {
      take(value)
    } catch (error) {
      session.fail(`${what}: ${reasonOf(error)}`)
    }
  }

  function refused(error: ConnectError): void {
    const { data, description, context } = error
    if (typeof data?.status === 'number')
      return refuse(session, data.status, null, `${what} was refused: ${error.message}`)
    const event = description as { message?: unknown } | undefined
    const said = typeof event?.message === 'string' ? event.message : ''
    const status =
      typeof description === 'number' ? description : Number(/server response: (\d{3})/.exec(said)?.[1] ?? 0)
    const body = typeof context?.responseText === 'string' ? context.responseText : ''
    if (status === 0 || (status === 400 && UNKNOWN_SESSION.test(body)))
      return session.retry(`${what} failed: ${said || error.message}`)
    refuse(session, status, null, refusalText(what, status, null, body))
  }

  function attempt(): void {
    const network = session.connection.library()
    // Its own reconnecting is off: when, how often and how it is counted is the same on every transport.
    const manager = new Manager(subscription.baseUrl, {
      ...(network.node && nodeOptions(network.node)),
      ...(network.query && { query: network.query }),
      path,
      transports,
      autoConnect: false,
      reconnection: false,
    } as ConstructorParameters<typeof Manager>[1])
    // A function: it is asked at each attempt, where an object would repeat the first cursor.
    const socket = manager.socket('/', { auth: (send: (data: object) => void) => send({ after: ordering.after() }) })
    let closing = ''

    const position = taking(value => {
      session.opened()
      if (!session.isClosed()) ordering.position(value)
    })
    socket.on('hello', (value: unknown) => {
      session.expectWithin(silence.streamMs)
      position(value)
      // Asks for an acknowledgement, as on a WebSocket every publish is answered.
      subscription.onUpstream?.(body => socket.emit('publish', body, () => {}))
    })
    socket.on('gap', position)
    socket.on(
      'notice',
      taking(value => ordering.notice(value)),
    )
    socket.on('closing', (value: { code?: unknown } | undefined) => {
      closing = ` with ${value?.code}`
    })
    socket.on('connect_error', error => refused(error as ConnectError))
    socket.on('disconnect', reason => session.retry(`${what} closed${closing}: ${reason}`))

    drop = () => {
      drop = undefined
      socket.off()
      socket.disconnect()
      network.drop()
    }
    network.onLost?.(error => session.retry(`${what} failed: ${reasonOf(error)}`))
    session.begin(drop)
    session.expectWithin(silence.webSocketHandshakeMs)
    socket.connect()
    watch(manager.engine)
  }

  /** Hears everything that arrives, and counts the library's requests. */
  function watch(engine: Manager['engine']): void {
    const countPolls = (): void => {
      if (engine.transport?.name !== 'polling') return
      engine.transport.on('poll', count)
      engine.transport.on('poll', brake)
    }
    const count = (): void => {
      tally.requests++
    }
    count()
    countPolls()
    engine.on('packet', session.received)
    engine.on('flush', () => engine.transport.name === 'polling' && count())
    engine.on('upgrading', count)
  }

  function brake(): void {
    const nowMs = performance.now()
    const delivered = ordering.delivered()
    if (delivered !== fruitless.delivered || nowMs - fruitless.sinceMs > 1000)
      fruitless = { polls: 0, sinceMs: nowMs, delivered }
    if (++fruitless.polls > FRUITLESS_POLLS) session.retry(`${what} was answered at once, with nothing`)
  }

  if (!session.isClosed()) attempt()
}

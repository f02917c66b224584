// The app: one stream on every transport. Puts the parts together and says how the whole begins and ends.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TlsOptions } from 'node:tls'
import express from 'express'
import { createAccess } from './access.ts'
import { createBodies } from './bodies.ts'
import { newTransportTally, type TransportTally } from './context.ts'
import { openControl } from './control.ts'
import { mostConnections } from './descriptors.ts'
import { documentRoutes } from './documents.ts'
import { createHosts } from './hosts.ts'
import { createLimits } from './limits.ts'
import type { Log } from './log.ts'
import { type ByteAccount, createMeter, OTHER } from './meter.ts'
import { openStream } from './open-stream.ts'
import { type ServerOptions, urlOf } from './options.ts'
import { createPipelining } from './pipelining.ts'
import { lastAnswer, Problem, refuse, sendProblem } from './problem.ts'
import { createPublishing, type Publisher, type Rights } from './publishing.ts'
import { createQueues, type Queues } from './queues.ts'
import { pairSockets, secureSettings } from './secure.ts'
import { createStatus, type Status, type StatusWish } from './status.ts'
import { createStream } from './stream.ts'
import { streamRoutes } from './stream-routes.ts'
import { createSubscribers } from './subscribers.ts'
import { commonForm, pathOf } from './target.ts'
import { serverTransports } from './transports/index.ts'
import type { Delivery } from './transports/transport.ts'
import { createTurns } from './turns.ts'
import { type ExtraUpgrade, routeUpgrades, type UpgradeHandler } from './upgrades.ts'

/** How often it is looked whether a request takes too long; Node would every 30 s. */
const TIMEOUT_CHECK_MS = 2000
/** What some route takes. */
const METHODS = 'GET, HEAD, POST, OPTIONS'
const controller: Rights = { isTrusted: true, isForeign: false }
const foreigner: Rights = { isTrusted: false, isForeign: true }
const anybody: Rights = { isTrusted: false, isForeign: false }
/** How long subscribers may take to receive what was appended before the end. */
const DRAIN_MS = 3000

export interface RunningServer {
  readonly host: string
  readonly port: number
  readonly url: string
  readonly log: Log
  /** What this process says of itself. */
  status(wish?: StatusWish): Status
  /** Orderly end; settles once every connection is gone. Gives how many subscribers had to be cut. */
  stop(): Promise<number>
}

/** What further routes besides the transports' are given. */
export interface Mounting {
  /** Adds routes before the app's last answer, 404. */
  readonly app: express.Express
  readonly log: Log
  readonly queues: Queues
  /** The address that limits count a request for. */
  readonly addressOf: (req: IncomingMessage) => string
  /** Whether it was sent on this machine, by no page of another origin, and not on behalf of another machine. */
  readonly isLocal: (req: IncomingMessage) => boolean
  /** Serves upgrades on `path`, over the control socket only where `isTrusted`. A throw refuses. */
  upgrade(path: string, handler: UpgradeHandler, isTrusted?: boolean): void
  /** Asked with each request on a delivery path: where its bytes are to be counted too. One at a time; undefined = nowhere. */
  account(accountOf: ((req: IncomingMessage) => ByteAccount | undefined) | undefined): void
  /** Brings every account up to this moment. */
  settle(): void
  /** Calls `hear` with every connection from now on, under TLS the raw one; not with those of the control socket. */
  onConnection(hear: (socket: Socket) => void): void
  onStop(stop: () => void): void
}

/** Starts a server. Rejects with the error of `listen` (EADDRINUSE, EACCES …) or of the backplane, with UsageError where its certificate is none.
 * `mount` adds further routes; `statusOfAll` is what the status tells where several processes are one server. */
export async function startServer(
  options: ServerOptions,
  mount?: (mounting: Mounting) => void,
  statusOfAll?: () => Promise<Status>,
): Promise<RunningServer> {
  const secure = await secureSettings(options)
  const { log, backplane, settings } = await openStream(options)
  const stream = createStream(log, backplane)
  const bodies = createBodies(options.maxUnfinishedBytes)
  const access = createAccess(options.allowOrigins)
  const hosts = createHosts([options.host, ...options.hostNames])
  const trusted = new WeakSet<Socket>()
  const isTrusted = (req: IncomingMessage): boolean => trusted.has(req.socket)
  const meter = createMeter()
  const maxConnections = options.maxConnections ?? mostConnections()
  const limits = createLimits({ ...options, maxConnections }, () => meter.open)
  const subscribers = createSubscribers(options.maxSubscribers ?? maxConnections)
  const rightsOf = (req: IncomingMessage): Rights =>
    isTrusted(req) ? controller : access.isForeign(req) ? foreigner : anybody
  const publisherOf = (req: IncomingMessage): Publisher => {
    const rights = rightsOf(req)
    return rights.isTrusted ? rights : { ...rights, allowance: limits.allowanceFor(req) }
  }
  const publishing = createPublishing(backplane, options.publishToken, bodies)
  const queues = createQueues(options)
  const turns = createTurns()
  const tallies: Record<string, TransportTally> = {}
  const deliveries: Record<string, Delivery> = {}
  for (const [name, createDelivery] of Object.entries(serverTransports)) {
    const tally = newTransportTally()
    tallies[name] = tally
    deliveries[name] = createDelivery({
      ...options,
      stream,
      publishing,
      publisherOf,
      rightsOf,
      allowanceOf: limits.allowanceOf,
      subscribers,
      tally,
      queues,
      turns,
      isSecure: secure !== undefined,
    })
  }
  const status = createStatus({ stream, meter, tallies, log: settings, queues, bodies, limits, subscribers })

  const upgrades = new Map<string, ExtraUpgrade>()
  const stops: (() => void)[] = []
  const hearers: ((socket: Socket) => void)[] = []
  let accountOf: ((req: IncomingMessage) => ByteAccount | undefined) | undefined
  /** Its answer, whenever it is given, has to be read. */
  const awaitReader = ({ socket }: IncomingMessage): void => void socket.setTimeout(options.answerTimeoutMs)
  const claim = (req: IncomingMessage, transport: string): void => meter.claim(req.socket, transport, accountOf?.(req))
  const routes = streamRoutes({ deliveries, publishing, access, claim, publisherOf, awaitReader })
  const app = createApp()
  let stopping: Promise<number> | undefined

  function createApp(): express.Express {
    const app = express()
    app.disable('x-powered-by').disable('etag')
    app.use((req, res, next) => {
      access.allow(req, res)
      next()
    })
    app.use(routes.router)
    app.use((req, _res, next) => {
      meter.claim(req.socket, OTHER)
      awaitReader(req)
      next()
    })
    app.use(
      documentRoutes({
        access,
        backplane,
        status: async wish => {
          // What TLS writes while a record before it is under way reaches the socket with the next turn: it is counted by what it is already, not yet by bytes.
          await nextTurn()
          return statusOfAll ? statusOfAll() : status.read(wish)
        },
        isTrusted,
        isStopping: () => stopping !== undefined,
      }),
    )
    mount?.({
      app,
      log,
      queues,
      addressOf: limits.addressOf,
      isLocal: req => isTrusted(req) || (limits.isLocal(req) && !access.isForeign(req)),
      upgrade: (path, handler, isTrusted = false) => void upgrades.set(path, { handler, isTrusted }),
      account: of => {
        accountOf = of
      },
      settle: () => void meter.read(),
      onConnection: hear => void hearers.push(hear),
      onStop: stop => void stops.push(stop),
    })
    app.use((req, res) => lastAnswer(req, res))
    app.use(((error, req, res, _next) => lastAnswer(req, res, error)) satisfies express.ErrorRequestHandler)
    return app
  }

  /** Express's app takes a request by exchanging its prototypes, after which Node 20's own code is several times slower with it; on Node 24 that
   * costs an eighth (results/README.md, "Is Express slow?"). So the stream's router is called as it is, with the paths that it answers; everything
   * else is the app's. */
  function answer(req: IncomingMessage, res: ServerResponse): void {
    const [request, response] = [req as express.Request, res as express.Response]
    if (options.express === 'app' || !routes.paths.has(pathOf(req.url!))) return app(request, response)
    access.allow(req, res)
    routes.router(request, response, (error: unknown) => lastAnswer(req, res, error))
  }

  /** Throws Problem for a request, or an upgrade, that is not to be looked at further; its target has the common form from here on. */
  function admit(req: IncomingMessage, use: ServerResponse | Socket): void {
    if (!isTrusted(req)) {
      limits.admit(req, use)
      hosts.check(req)
    }
    req.url = commonForm(req.url!)
  }

  function handle(req: IncomingMessage, res: ServerResponse): void {
    try {
      // A kept-alive connection can still bring a request after the listener is closed.
      if (stopping) throw new Problem(503, 'the server is stopping', { 'Retry-After': '1', Connection: 'close' })
      admit(req, res)
    } catch (error) {
      access.allow(req, res)
      return sendProblem(res, error)
    }
    // The server as a whole is asked what it can do (RFC 9110 §9.3.7).
    if (req.url === '*' && req.method === 'OPTIONS') return void res.writeHead(204, { Allow: METHODS }).end()
    answer(req, res)
  }
  const { take, isAwaited, isBusy } = createPipelining(handle, awaitReader)

  function createHttpServer(secure?: TlsOptions): Server {
    const { headerTimeoutMs, bodyTimeoutMs } = options
    const settings = {
      keepAliveTimeout: options.keepAliveMs,
      headersTimeout: Math.min(headerTimeoutMs, bodyTimeoutMs),
      requestTimeout: bodyTimeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, headerTimeoutMs, bodyTimeoutMs),
    }
    const server = secure ? createSecureServer({ ...settings, ...secure }, take) : createServer(settings, take)
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const [code, detail] =
        error.code === 'HPE_HEADER_OVERFLOW'
          ? [431, 'the request headers are too long']
          : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
            ? [408, 'the request took too long to arrive']
            : [400, 'the request is not HTTP/1.1']
      // Whoever is gone, or did not come to terms on TLS, could not read an answer; in one that is still to come it would be read as a part of it.
      if (/^(ECONNRESET$|ERR_SSL_|ERR_TLS_)/.test(error.code ?? '') || isBusy(socket)) socket.destroy()
      else refuse(socket, new Problem(code as number, detail as string))
    })
    // Whoever waits for an answer may be quiet; whoever has been given one may not, nor one who asks for nothing.
    server.on('timeout', socket => {
      if (!isAwaited(socket) || socket.writableLength > 0) socket.destroy()
    })
    server.on('connect', (_req, socket) => {
      socket.on('error', () => socket.destroy())
      if (isBusy(socket)) return socket.destroy()
      refuse(socket, new Problem(405, `this server is no proxy; methods: ${METHODS}`, { Allow: METHODS }))
    })
    routeUpgrades(server, {
      deliveries,
      access,
      upgrades,
      claim,
      admit,
      isTrusted,
      isBusy,
      isStopping: () => stopping !== undefined,
    })
    return server
  }

  const server = createHttpServer(secure)
  server.on('connection', socket => {
    socket.setNoDelay(true)
    if (!meter.watch(socket)) return
    limits.meet(socket)
    for (const hear of hearers) hear(socket)
  })
  if (secure)
    pairSockets(server, (secure, raw) => {
      meter.wrap(secure, raw)
      limits.wrap(secure, raw)
    })
  await listen(server, options)
  let control: Server | undefined
  try {
    control = options.control === undefined ? undefined : await openControl(createHttpServer(), options.control)
  } catch (error) {
    server.close()
    await backplane.close()
    status.close()
    limits.close()
    throw error
  }
  const ofControl = new Set<Socket>()
  control?.on('connection', socket => {
    if (ofControl.has(socket)) return
    trusted.add(socket)
    ofControl.add(socket)
    socket.on('close', () => ofControl.delete(socket))
  })
  const openSockets = (): Socket[] => [...meter.sockets(), ...ofControl]

  async function stop(): Promise<number> {
    const closed = new Promise(resolve => server.close(resolve))
    const controlClosed = control && new Promise(resolve => control.close(resolve))
    const drained = AbortSignal.timeout(DRAIN_MS)
    for (const end of stops) end()
    log.flush()
    const counts = await Promise.all(Object.values(deliveries).map(delivery => delivery.drain(drained)))
    // Polls that are put off are held by no delivery.
    await turns.idle(drained)
    const cut = counts.reduce((sum, count) => sum + count, 0)
    server.closeIdleConnections()
    control?.closeIdleConnections()
    // Goodbyes and last answers are under way; whoever does not take them is cut.
    const giveUp = setTimeout(() => {
      for (const socket of openSockets()) socket.destroy()
    }, 1000)
    await closed
    await controlClosed
    // Upgraded sockets are no longer the HTTP server's, so it does not wait for them.
    while (openSockets().length > 0) await new Promise(resolve => setTimeout(resolve, 5))
    clearTimeout(giveUp)
    await backplane.close()
    status.close()
    limits.close()
    return cut
  }

  const { port } = server.address() as AddressInfo
  const { host } = options
  return {
    host,
    port,
    url: urlOf(host, port, secure !== undefined),
    log,
    status: status.read,
    stop: () => (stopping ??= stop()),
  }
}

function listen(server: Server, { host, port, backlog }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

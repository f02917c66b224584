// The live demo at the server: an engine's log to the pages, a teacher's actions to the engine, and the phones of a class.

import { stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import express from 'express'
import { WebSocket } from 'ws'
import { closeReason } from '../frames.ts'
import { checkKeys, checkOrigin, readObject } from '../guard.ts'
import { isLoopback } from '../loopback.ts'
import type { ByteAccount } from '../meter.ts'
import { lastAnswer, Problem, quote } from '../problem.ts'
import type { Queues } from '../queues.ts'
import { fileSender, type Handler, sendJson, serve } from '../respond.ts'
import { queryOf } from '../target.ts'
import { BoundedWebSocketServer } from '../web-sockets.ts'
import { checkAction } from './actions.ts'
import { createAudience } from './audience.ts'
import { type Class, createClass, type Phone } from './class.ts'
import { fromEngine } from './from-engine.ts'
import { type Post, phoneKeyIn, servePhones } from './phones.ts'
import { createPieces } from './pieces.ts'
import { createReach } from './reach.ts'
import { isSame } from './secrets.ts'
import {
  type Action,
  type DemoEvent,
  type DemoState,
  demoLimits,
  demoPaths,
  type FromEngine,
  type Reached,
  type ToEngine,
} from './wire.ts'

const PHONES_MS = 1000
/** What a page may send before it is told that nothing is taken; an engine tells all that happened in one frame. */
const MAX_FRAME_BYTES = { page: 1024, engine: 16 * 1024 * 1024 }
/** Pages that look on; each is a socket and a queue. */
const MAX_PAGES = 200

export interface DemoParts {
  readonly transports: readonly string[]
  readonly headSeq: () => number
  readonly headCursor: () => string
  /** Brings every account up to this moment. */
  readonly settle: () => void
  readonly queues: Pick<Queues, 'share' | 'check'>
  /** The address that a request is counted for. */
  readonly addressOf: (req: IncomingMessage) => string
  /** Whether it was sent on this machine. */
  readonly isLocal: (req: IncomingMessage) => boolean
  /** Of the recording that the pages play where nothing is live. */
  readonly recording: string
}

export interface Demo {
  /** `/api/demo…`. */
  readonly router: express.Router
  /** Hears of every request that is no subscriber's, pages included. */
  heard(req: IncomingMessage): void
  telemetry(req: IncomingMessage, socket: Socket, head: Buffer): void
  /** Only for whoever came over the control socket. */
  engine(req: IncomingMessage, socket: Socket, head: Buffer): void
  /** The account of the phone that sent a request on a delivery path, with that request counted. */
  accountOf(req: IncomingMessage): ByteAccount | undefined
  close(): void
}

type Start = Extract<FromEngine, { start: unknown }>['start']

interface Session {
  readonly start: Start
  readonly engine: WebSocket
  readonly phones: Class
  /** Where phones join, the one that is shown first. */
  joinUrls: readonly string[]
  isOver: boolean
}

export function createDemo(parts: DemoParts): Demo {
  const { transports, headSeq, headCursor, settle, queues, addressOf, isLocal, recording } = parts
  const audience = createAudience()
  const socketsFor = (maxPayload: number) =>
    new BoundedWebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false })
  const pages = socketsFor(MAX_FRAME_BYTES.page)
  const engines = socketsFor(MAX_FRAME_BYTES.engine)
  queues.share({
    get bytes() {
      return audience.queues().reduce((sum, { bytes }) => sum + bytes, 0)
    },
    count: audience.queues,
  })
  const reach = createReach()
  let session: Session | undefined
  let pollIntervalMs = 1000

  const live = (): Session => {
    if (session && !session.isOver) return session
    throw new Problem(409, 'nothing is live here; npm run demo starts a demo')
  }
  const tell = (to: WebSocket, message: ToEngine): void => {
    if (to.readyState === to.OPEN) to.send(JSON.stringify(message))
  }
  const pieces = createPieces(piece => tell(session!.engine, { piece }))
  const t = (): number => Math.round(audience.now() * 10) / 10

  function begin(start: Start, engine: WebSocket): void {
    session?.engine.close(1001, 'another engine took over')
    const phones = createClass({
      transports,
      headSeq,
      headCursor,
      settle,
      pollIntervalMs: () => pollIntervalMs,
      isOver: () => session?.phones !== phones || session.isOver,
    })
    session = { start, engine, phones, joinUrls: start.joinUrls, isOver: false }
    audience.begin(start.startedAtMs)
  }

  function take(events: readonly DemoEvent[]): void {
    const { phones } = session!
    for (const event of events) {
      if (event.kind === 'scene') phones.scene(event.scene, event.phase)
      else if (event.kind === 'knobs') pollIntervalMs = event.pollIntervalMs
      else if (event.kind === 'end') session!.isOver = true
    }
    audience.take(events)
    queues.check()
  }

  const phonesTimer = setInterval(() => {
    if (!session || session.isOver) return
    const phones = session.phones.changes()
    if (phones) audience.take([{ kind: 'phones', t: t(), phones }])
  }, PHONES_MS)
  phonesTimer.unref()

  function engine(req: IncomingMessage, socket: Socket, head: Buffer): void {
    engines.handleUpgrade(req, socket, head, ws => {
      ws.on('error', () => {})
      ws.on('message', data => {
        try {
          const message = fromEngine(String(data))
          if ('start' in message) begin(message.start, ws)
          else if (session?.engine !== ws) return
          else if ('piece' in message) pieces.told(message.piece, message.bytes)
          else take(message.events)
        } catch (error) {
          ws.close(1008, closeReason((error as Error).message))
        }
      })
      ws.on('close', () => {
        if (session?.engine !== ws || session.isOver) return
        session.isOver = true
        audience.take([{ kind: 'end', t: t() }])
      })
    })
  }

  function telemetry(req: IncomingMessage, socket: Socket, head: Buffer): void {
    checkOrigin(req)
    live()
    if (audience.pages >= MAX_PAGES)
      throw new Problem(503, `${MAX_PAGES} pages look on already`, { 'Retry-After': '5' })
    pages.handleUpgrade(req, socket, head, ws => {
      ws.on('error', () => {})
      // It is read only.
      ws.on('message', () => ws.close(1008, 'nothing is taken here'))
      ws.on('close', () => audience.remove(ws))
      audience.add(ws)
      queues.check()
    })
  }

  const phoneOf = (key: unknown): [Session, Phone] => {
    const phone = session?.phones.find(key)
    if (!session || !phone) throw new Problem(401, 'this phone has not joined')
    return [session, phone]
  }

  const router = express.Router()
  router.use((req, _res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') checkOrigin(req)
    next()
  })
  const get = (path: string, handler: Handler): void => serve(router, path, ['GET', 'HEAD'], handler)
  const post: Post = (path, act) =>
    serve(router, path, ['POST'], async (req, res) => {
      const answer = await act(req, await readObject(req), res)
      if (answer !== undefined) sendJson(res, answer, { status: res.statusCode })
      else res.writeHead(204, { 'Cache-Control': 'no-store' }).end()
    })

  /** Whether a request shows the teacher's token. */
  const isTeachers = ({ headers }: IncomingMessage, { token }: Start): boolean => {
    const given = /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1]
    return given !== undefined && isSame(given, token)
  }

  get(demoPaths.state, (req, res) => {
    const isLive = session !== undefined && !session.isOver
    // Who joins is in the room: the code is on its screen, and not to be had from outside.
    const mayTell = isLive && (isLocal(req) || isTeachers(req, session!.start))
    const state: DemoState = {
      isLive,
      code: mayTell ? session!.start.code : null,
      joinUrls: mayTell ? session!.joinUrls : [],
      isLocked: isLive && session!.phones.isLocked,
      phones: session?.phones.size ?? 0,
      cap: demoLimits.phones,
    }
    sendJson(res, state)
  })
  const sendRecording = fileSender(dirname(recording), 'no-cache')
  serve(router, demoPaths.recording, ['GET', 'HEAD'], async (req, res) => {
    // A pipe as recording would never be read to its end.
    if (!(await stat(recording).catch(() => undefined))?.isFile()) throw new Problem(404, 'there is no recording')
    res.setHeader('Content-Type', 'application/x-ndjson')
    sendRecording(req, res, encodeURIComponent(basename(recording)), error => lastAnswer(req, res, error))
  })
  get(demoPaths.bytes, async (req, res) => {
    const given = queryOf(req.url!).get('piece') ?? ''
    if (!/^[1-9]\d{0,14}$/.test(given))
      throw new Problem(400, `"piece" must be a whole number from 1, got ${quote(given)}`)
    // A session that was ended can still be looked at, as long as its engine is there.
    if (session?.engine.readyState !== WebSocket.OPEN) live()
    sendJson(res, await pieces.ask(Number(given)))
  })
  const taught = (req: IncomingMessage): Session => {
    const session = live()
    if (isTeachers(req, session.start)) return session
    throw new Problem(401, "only the teacher's page may do this: open the address that npm run demo printed", {
      'WWW-Authenticate': 'Bearer',
    })
  }
  post(demoPaths.act, (req, body) => {
    const session = taught(req)
    const { engine, phones, joinUrls } = session
    const action: Action = checkAction(body)
    if (action.action === 'lock') phones.isLocked = action.isLocked
    else if (action.action === 'address') session.joinUrls = [...joinUrls.slice(1), ...joinUrls.slice(0, 1)]
    tell(engine, { act: action })
    return undefined
  })
  post(demoPaths.reach, (req, body): Promise<Reached> => {
    const [shown] = taught(req).joinUrls
    checkKeys(body, [])
    if (shown === undefined) throw new Problem(409, 'no phone can reach this machine: npm run demo -- --lan')
    return reach.wait(new URL(shown).host, demoLimits.reachMs)
  })
  servePhones({
    post,
    live,
    phoneOf,
    addressOf,
    votes: (to, votes) => {
      audience.take([{ kind: 'votes', t: t(), ...votes }])
      tell(to.engine, { votes })
    },
  })

  return {
    router,
    heard(req) {
      const { remoteAddress = '', localAddress } = req.socket
      // This machine reaches itself by any of its addresses; who comes from loopback and is not local comes through a proxy.
      const isOwn = isLocal(req) || (remoteAddress === localAddress && !isLoopback(remoteAddress))
      if (!isOwn) reach.note(req.headers.host, addressOf(req))
    },
    telemetry,
    engine,
    accountOf(req) {
      if (!session || session.isOver) return undefined
      const phone = session.phones.find(phoneKeyIn(req.url!))
      if (phone) phone.account.requests++
      return phone?.account
    },
    close() {
      clearInterval(phonesTimer)
      reach.close()
      pieces.close()
      for (const ws of [...pages.clients, ...engines.clients]) ws.close(1001, 'the server is stopping')
    },
  }
}

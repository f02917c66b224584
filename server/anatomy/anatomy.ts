// The anatomy at the server: pages ask for captures here, a process that taps takes them, and what it kept is counted against this server's own sockets.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import express from 'express'
import type { WebSocket } from 'ws'
import { closeReason } from '../frames.ts'
import { checkKeys, checkOrigin, readObject } from '../guard.ts'
import { Problem, quote } from '../problem.ts'
import { sendJson, serve } from '../respond.ts'
import { BoundedWebSocketServer } from '../web-sockets.ts'
import { type Channel, createChannel } from '../workers/channel.ts'
import { webSocketPort } from '../workers/web-socket-port.ts'
import { type AnatomyState, anatomyPaths, type Count, type CountCalls, type TapCalls } from './wire.ts'

/** A capture in base64, with room. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024
/** Connections that are counted; a capture has a few. */
const MAX_COUNTED = 1000

export interface Anatomy {
  /** `/api/anatomy…`. */
  readonly router: express.Router
  /** Hears of each connection. */
  opened(socket: Socket): void
  /** Hears of requests for what is no stream and no publishing: pages, what they fetch, captures. */
  heard(req: IncomingMessage): void
  /** The tap's connection; only for whoever came over the control socket. */
  tap(req: IncomingMessage, socket: Socket, head: Buffer): void
  close(): void
}

interface Tap {
  readonly socket: WebSocket
  readonly channel: Channel<TapCalls>
  steps: readonly string[]
}

export function createAnatomy(transports: readonly string[]): Anatomy {
  const sockets = new BoundedWebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false })
  let tap: Tap | undefined
  /** Connections since the last capture began, by the client's port; nothing is kept where nothing is tapped. */
  const counted = new Map<number, { readonly socket: Socket; isMixed: boolean }>()

  const counts = (): Count[] =>
    [...counted].map(([port, { socket, isMixed }]) => ({
      port,
      bytesIn: socket.bytesRead,
      bytesOut: socket.bytesWritten,
      isMixed,
    }))

  function take(socket: WebSocket): void {
    tap?.socket.close(1001, 'another tap took over')
    const channel = createChannel<CountCalls, TapCalls>(webSocketPort(socket), {
      hello({ steps }) {
        own.steps = steps
        return null
      },
      count: counts,
    })
    const own: Tap = { socket, channel, steps: [] }
    tap = own
    socket.on('error', () => {})
    socket.on('close', () => {
      if (tap !== own) return
      tap = undefined
      counted.clear()
    })
  }

  /** Asks the tap. Throws Problem 409 where there is none, or with what it refuses. */
  async function ask<Name extends keyof TapCalls & string>(
    name: Name,
    argument: TapCalls[Name]['argument'],
  ): Promise<TapCalls[Name]['result']> {
    if (!tap) throw new Problem(409, 'nothing is captured here: npm run anatomy starts a server that can')
    return tap.channel.ask(name, argument).catch((error: Error) => {
      throw new Problem(tap ? 409 : 503, error.message)
    })
  }

  const router = express.Router()
  const post = (path: string, status: number, act: (body: Body, req: IncomingMessage) => Promise<unknown>): void =>
    serve(router, path, ['POST'], async (req, res) => {
      checkOrigin(req)
      const answer = await act(await readObject(req), req)
      // What is captured comes over connections of its own.
      sendJson(res, answer, { status, headers: { Connection: 'close' } })
    })

  serve(router, anatomyPaths.state, ['GET', 'HEAD'], (_req, res) => {
    const state: AnatomyState = { canCapture: tap !== undefined, steps: tap?.steps ?? [] }
    sendJson(res, state)
  })
  post(anatomyPaths.captures, 201, async (body, req) => {
    checkKeys(body, ['transport'])
    const transport = oneOf(transports, body, 'transport')
    const before = [...counted.keys()]
    const { remotePort: port = 0 } = req.socket
    const plan = await ask('begin', { transport, port, userAgent: req.headers['user-agent'] ?? '' })
    // Not before it is granted: another one may be under way.
    for (const port of before) counted.delete(port)
    return plan
  })
  post(anatomyPaths.end, 200, async (body, req) => {
    checkKeys(body, [])
    return ask('end', { port: req.socket.remotePort ?? 0 })
  })
  post(anatomyPaths.tries, 200, async body => {
    checkKeys(body, ['step'])
    // Where nothing can be tried, that is what is said.
    if (tap) return ask('try', { step: oneOf(tap.steps, body, 'step') })
    return ask('try', { step: '' })
  })

  return {
    router,
    opened(socket) {
      const { remotePort } = socket
      if (tap && remotePort !== undefined && counted.size < MAX_COUNTED)
        counted.set(remotePort, { socket, isMixed: false })
    },
    heard({ socket: { remotePort = 0 } }) {
      const found = counted.get(remotePort)
      if (found) found.isMixed = true
    },
    tap(req, socket, head) {
      sockets.handleUpgrade(req, socket, head, ws => take(ws))
    },
    close() {
      for (const ws of sockets.clients) ws.close(1001, closeReason('the server is stopping'))
    },
  }
}

type Body = Readonly<Record<string, unknown>>

function oneOf(known: readonly string[], body: Body, key: string): string {
  const found = known.find(each => each === body[key])
  if (found !== undefined) return found
  throw new Problem(400, `"${key}" must be one of ${known.join(', ')}, got ${quote(body[key])}`)
}

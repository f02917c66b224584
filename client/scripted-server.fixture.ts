// For tests: a small HTTP server that answers as a script says, well or badly, and a subscriber that writes down what it is given.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Missed, Notice } from '../server/protocol.ts'
import { nodeNetwork } from './network/node.ts'
import {
  newSubscriberTally,
  type State,
  type Subscribe,
  type SubscriberTally,
  type Subscription,
} from './transports/transport.ts'

/** Answers the request or handshake number `index` (from 0). */
export interface Script {
  http?(request: IncomingMessage, response: ServerResponse, index: number): void
  webSocket?(socket: WebSocket, request: IncomingMessage, index: number): void
  /** Returns what is done instead of a handshake, where something is. */
  upgrade?(index: number): ((socket: Socket) => void) | undefined
}

export interface ScriptedServer {
  readonly baseUrl: string
  /** Path and query of each request so far. */
  readonly urls: string[]
  readonly requests: IncomingMessage[]
  readonly connections: Set<Socket>
  /** Resolves once no connection is open. */
  drained(): Promise<void>
  close(): Promise<void>
}

export async function scriptedServer(
  script: Script,
  listener?: (handler: RequestListener) => ReturnType<typeof createServer>,
) {
  const urls: string[] = []
  const requests: IncomingMessage[] = []
  const connections = new Set<Socket>()
  const accepting = new WebSocketServer({ noServer: true })
  const handler: RequestListener = (request, response) => {
    requests.push(request)
    script.http?.(request, response, urls.push(request.url!) - 1)
  }
  const server = listener ? listener(handler) : createServer(handler)
  let whenDrained: (() => void) | undefined
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      connections.delete(socket)
      if (connections.size === 0) whenDrained?.()
    })
  })
  server.on('upgrade', (request, socket, head) => {
    requests.push(request)
    const index = urls.push(request.url!) - 1
    const instead = script.upgrade?.(index)
    if (instead) {
      // Otherwise nobody reads it, and its end would go unnoticed.
      socket.resume().on('end', () => socket.end())
      return instead(socket as Socket)
    }
    accepting.handleUpgrade(request, socket, head, accepted => {
      accepted.on('error', () => {})
      script.webSocket?.(accepted, request, index)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const scripted: ScriptedServer = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    urls,
    requests,
    connections,
    drained: () =>
      new Promise(resolve => {
        whenDrained = resolve
        if (connections.size === 0) resolve()
      }),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of connections) socket.destroy()
      }),
  }
  return scripted
}

/** A promise and its resolver: something the script lets a test wait for. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void
  const promise = new Promise<T>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

export interface Recorder {
  readonly notices: Notice[]
  readonly cursors: string[]
  readonly gaps: [Missed, string][]
  readonly states: [State, string?][]
  readonly tally: SubscriberTally
  /** What happened, in order: `3` a notice, `gap 2`, `open`. */
  readonly events: string[]
  /** Resolves as soon as `holds` is true; looked at after everything that happens. */
  until(holds: () => boolean): Promise<void>
  stop(): void
  /** Resolves with the reason once the state is `closed`. */
  closed(): Promise<string | undefined>
}

/** Subscribes and records. `random` is 0 unless given, so that retries come at once. */
export function record(subscribe: Subscribe, options: Partial<Subscription> & { baseUrl: string }): Recorder {
  const controller = new AbortController()
  const waiting: { holds: () => boolean; resolve: () => void }[] = []
  const looked = () => {
    for (const { holds, resolve } of waiting) if (holds()) resolve()
  }
  const recorder: Recorder = {
    notices: [],
    cursors: [],
    gaps: [],
    states: [],
    tally: options.tally ?? newSubscriberTally(),
    events: [],
    until: holds =>
      new Promise(resolve => {
        if (holds()) resolve()
        else waiting.push({ holds, resolve })
      }),
    stop: () => controller.abort(),
    closed: async () => {
      await recorder.until(() => recorder.states.at(-1)?.[0] === 'closed')
      return recorder.states.at(-1)![1]
    },
  }
  subscribe({
    network: nodeNetwork(),
    signal: controller.signal,
    random: () => 0,
    ...options,
    tally: recorder.tally,
    onNotice(notice, cursor) {
      recorder.notices.push(notice)
      recorder.cursors.push(cursor)
      recorder.events.push(String(notice.seq))
      options.onNotice?.(notice, cursor)
      looked()
    },
    onGap(missed, cursor) {
      recorder.gaps.push([missed, cursor])
      recorder.events.push(`gap ${missed}`)
      options.onGap?.(missed, cursor)
      looked()
    },
    onState(state, reason) {
      recorder.states.push(reason === undefined ? [state] : [state, reason])
      recorder.events.push(state)
      options.onState?.(state, reason)
      looked()
    },
  })
  return recorder
}

/** A port on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = await scriptedServer({})
  await server.close()
  return Number(new URL(server.baseUrl).port)
}

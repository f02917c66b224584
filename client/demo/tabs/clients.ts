// Clients of this page, and of the other tabs of the same browser that show it: who is served, who waits, and what each has asked for.
import { browserNetwork } from '../../network/browser.ts'
import { clientTransports, type TransportName } from '../../transports/index.ts'
import type { Network, State } from '../../transports/transport.ts'
import type { Exchange } from './slots.ts'

/** One client, here or in another tab. */
export interface Seen {
  /** Within its tab, from 1. */
  readonly client: number
  readonly transport: string
  readonly state: State
  /** When it entered this state, Unix ms. */
  readonly sinceMs: number
  /** Last notice; undefined before the first one. */
  readonly seq: number | undefined
  /** What it waits for, or is answered; undefined between two requests, and of a WebSocket. */
  readonly exchange: Exchange | undefined
}

/** A tab that shows this page, in the order in which they were opened. */
export interface Tab {
  readonly tab: string
  readonly isHere: boolean
  readonly clients: readonly Seen[]
  /** What is under way in it besides its clients' requests. */
  readonly others: readonly Other[]
}

export interface Other {
  readonly name: string
  readonly exchange: Exchange
}

export interface NamedTab extends Tab {
  /** Stands before its clients' names; empty where it is the only tab. */
  readonly where: string
}

export const named = (tabs: readonly Tab[]): readonly NamedTab[] =>
  tabs.map((tab, at) => ({ ...tab, where: tabs.length > 1 ? `tab ${at + 1}, ` : '' }))

interface Told extends Omit<Tab, 'isHere'> {
  /** Unix ms. */
  readonly openedMs: number
}
type Message = 'hello' | Told | { readonly tab: string; readonly isGone: true }

export interface Clients {
  tabs(): readonly Tab[]
  /** `passesCache`: its requests pass by the browser's HTTP cache. */
  add(transport: TransportName, passesCache: boolean): void
  /** Ends those of this page. */
  removeAll(): void
  /** What `name` has asked for besides; undefined: that is over. */
  ask(name: string, exchange: Exchange | undefined): void
  /** The page goes out of sight for good, or into the browser's memory: nothing of it stays open. */
  pause(): void
  /** It is back from there, with the clients that it had. */
  resume(): void
}

interface Client {
  seen: Seen
  readonly transport: TransportName
  readonly passesCache: boolean
  abort: AbortController
}

const TELL_MS = 1000
/** A hidden tab may tell only once a minute. */
const FORGET_MS = 70_000

/** `onChange` runs after every change, and once a second. */
export function createClients(baseUrl: string, onChange: () => void): Clients {
  const tab = Math.random().toString(36).slice(2)
  const openedMs = Date.now()
  const own: Client[] = []
  const elsewhere = new Map<string, { told: Told; atMs: number }>()
  const others = new Map<string, Exchange>()
  let added = 0
  let channel: BroadcastChannel | undefined
  let timer: ReturnType<typeof setInterval> | undefined

  const post = (message: Message): void => channel?.postMessage(message)
  const standing = (): Told => ({
    tab,
    openedMs,
    clients: own.map(({ seen }) => seen),
    others: [...others].map(([name, exchange]) => ({ name, exchange })),
  })

  function tell(): void {
    post(standing())
    onChange()
  }

  function hear(message: Message): void {
    if (message === 'hello') return tell()
    if ('isGone' in message) elsewhere.delete(message.tab)
    else elsewhere.set(message.tab, { told: message, atMs: Date.now() })
    onChange()
  }

  async function start(client: Client): Promise<void> {
    const { abort, transport, passesCache } = client
    client.seen = { ...client.seen, state: 'connecting', sinceMs: Date.now(), exchange: undefined }
    const change = (changed: Partial<Seen>): void => {
      // Ended, its last words are of no matter any more.
      if (client.abort !== abort || abort.signal.aborted) return
      client.seen = { ...client.seen, ...changed }
      tell()
    }
    const { subscribe } = await clientTransports[transport].load()
    if (abort.signal.aborted) return
    subscribe({
      baseUrl,
      network: toldNetwork(browserNetwork(passesCache ? { cache: 'no-store' } : {}), passesCache, exchange =>
        change({ exchange }),
      ),
      signal: abort.signal,
      onNotice: ({ seq }) => change({ seq }),
      onState: state => change(state === client.seen.state ? {} : { state, sinceMs: Date.now() }),
    })
  }

  const clients: Clients = {
    tabs() {
      const all = [standing(), ...[...elsewhere.values()].map(({ told }) => told)]
      return all
        .sort((a, b) => a.openedMs - b.openedMs || (a.tab < b.tab ? -1 : 1))
        .map(told => ({ ...told, isHere: told.tab === tab }))
    },
    add(transport, passesCache) {
      const client: Client = {
        seen: { client: ++added, transport, state: 'connecting', sinceMs: 0, seq: undefined, exchange: undefined },
        transport,
        passesCache,
        abort: new AbortController(),
      }
      own.push(client)
      void start(client)
      tell()
    },
    removeAll() {
      for (const { abort } of own.splice(0)) abort.abort()
      tell()
    },
    ask(name, exchange) {
      if (exchange) others.set(name, exchange)
      else others.delete(name)
      tell()
    },
    pause() {
      clearInterval(timer)
      for (const { abort } of own) abort.abort()
      post({ tab, isGone: true })
      // An open one would keep the page out of the browser's memory.
      channel?.close()
      channel = undefined
    },
    resume() {
      elsewhere.clear()
      channel = new BroadcastChannel('transport-lab-tabs')
      channel.onmessage = ({ data }: MessageEvent<Message>) => hear(data)
      post('hello')
      for (const client of own) {
        client.abort = new AbortController()
        void start(client)
      }
      timer = setInterval(() => {
        for (const [key, { atMs }] of elsewhere) if (Date.now() - atMs > FORGET_MS) elsewhere.delete(key)
        tell()
      }, TELL_MS)
    },
  }
  clients.resume()
  return clients
}

/** The same network; `onExchange` is told of the request that is under way. A library that asks by itself does not tell. */
export const toldNetwork = (
  network: Network,
  passesCache: boolean,
  onExchange: (exchange: Exchange | undefined) => void,
): Network => ({
  connect(baseUrl) {
    const connection = network.connect(baseUrl)
    return {
      ...connection,
      get(path, handlers, headers) {
        const exchange: Exchange = { askedMs: Date.now(), path, isAnswered: false, passesCache }
        onExchange(exchange)
        const cancel = connection.get(
          path,
          {
            onHead(status, header) {
              onExchange({ ...exchange, isAnswered: true })
              handlers.onHead(status, header)
            },
            onData: chunk => handlers.onData(chunk),
            onEnd() {
              onExchange(undefined)
              handlers.onEnd()
            },
            onError(error) {
              onExchange(undefined)
              handlers.onError(error)
            },
          },
          headers,
        )
        return () => {
          onExchange(undefined)
          cancel()
        }
      },
    }
  },
})

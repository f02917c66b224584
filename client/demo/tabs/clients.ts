// Clients of this page, and of the other tabs of the same browser that show it: who is served, and who waits.
import { browserNetwork } from '../../network/browser.ts'
import { clientTransports, type TransportName } from '../../transports/index.ts'
import type { State } from '../../transports/transport.ts'

/** One client, here or in another tab. */
export interface Seen {
  readonly transport: string
  readonly state: State
  /** When it entered this state, Unix ms. */
  readonly sinceMs: number
  /** Last notice; undefined before the first one. */
  readonly seq: number | undefined
}

interface Told {
  readonly tab: string
  readonly clients: readonly Seen[]
}

export interface Clients {
  /** Those of this page first. */
  all(): readonly { readonly isHere: boolean; readonly seen: Seen }[]
  /** `passesCache`: its requests pass by the browser's HTTP cache. */
  add(transport: TransportName, passesCache: boolean): void
  /** Ends those of this page. */
  removeAll(): void
  close(): void
}

const TELL_MS = 1000
/** A hidden tab may tell only once a minute. */
const FORGET_MS = 70_000

/** `onChange` runs after every change, and once a second. */
export function createClients(baseUrl: string, onChange: () => void): Clients {
  const tab = Math.random().toString(36).slice(2)
  const own: { seen: Seen; abort: AbortController }[] = []
  const others = new Map<string, { clients: readonly Seen[]; atMs: number }>()
  const channel = new BroadcastChannel('transport-lab-tabs')
  channel.onmessage = ({ data }: MessageEvent<Told | 'hello'>) => {
    if (data === 'hello') return tell()
    if (data.clients.length === 0) others.delete(data.tab)
    else others.set(data.tab, { clients: data.clients, atMs: Date.now() })
    onChange()
  }

  function tell(): void {
    channel.postMessage({ tab, clients: own.map(({ seen }) => seen) } satisfies Told)
    onChange()
  }

  async function start(client: (typeof own)[number], transport: TransportName, passesCache: boolean): Promise<void> {
    const { subscribe } = await clientTransports[transport].load()
    if (client.abort.signal.aborted) return
    subscribe({
      baseUrl,
      network: browserNetwork(passesCache ? { cache: 'no-store' } : {}),
      signal: client.abort.signal,
      onNotice({ seq }) {
        client.seen = { ...client.seen, seq }
        tell()
      },
      onState(state) {
        if (state !== client.seen.state) client.seen = { ...client.seen, state, sinceMs: Date.now() }
        tell()
      },
    })
  }

  const timer = setInterval(() => {
    for (const [key, { atMs }] of others) if (Date.now() - atMs > FORGET_MS) others.delete(key)
    tell()
  }, TELL_MS)
  channel.postMessage('hello')

  const clients: Clients = {
    all: () => [
      ...own.map(({ seen }) => ({ isHere: true, seen })),
      ...[...others.values()].flatMap(({ clients }) => clients.map(seen => ({ isHere: false, seen }))),
    ],
    add(transport, passesCache) {
      const client = {
        seen: { transport, state: 'connecting' as State, sinceMs: Date.now(), seq: undefined },
        abort: new AbortController(),
      }
      own.push(client)
      void start(client, transport, passesCache)
      tell()
    },
    removeAll() {
      for (const { abort } of own.splice(0)) abort.abort()
      tell()
    },
    close() {
      clearInterval(timer)
      clients.removeAll()
      channel.close()
    },
  }
  return clients
}

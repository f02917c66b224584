// A load process for arrivals: subscribers that come to notices which are held for them already, timed from their first packet on.
import { nodeNetwork } from '../../client/network/node.ts'
import { entryOf } from '../../client/transports/index.ts'
import type { Network, TransportOptions } from '../../client/transports/transport.ts'
import { EARLIEST } from '../../server/protocol.ts'
import { serveParent } from '../machine/child.ts'
import { fromHere, type HeaderProfile } from '../profiles/profile.ts'

export interface ArrivalOrder {
  readonly transport: string
  readonly baseUrl: string
  readonly clients: number
  readonly pollIntervalMs: number
  readonly waitMs: number
  readonly transportOptions?: TransportOptions | undefined
  readonly headers: HeaderProfile
}

export interface Arrivals {
  /** From the exchange that brought it being begun, its connect included, to the notice. */
  readonly meanMs: number
  readonly maxMs: number
}

export type ArrivalCalls = {
  /** Subscribes all at once, without a cursor, to everything that is held; settles once each has its first notice. */
  come: { argument: ArrivalOrder; result: Arrivals }
  /** Settles once each has its next notice. */
  next: { argument: null; result: Arrivals }
}

const TIMEOUT_MS = 20_000
/** Of the longest delay before a first retry: time enough for the cut to be over. */
const RETRY_SHARE = 0.9

interface Wave {
  readonly tookMs: number[]
  readonly complete: Promise<void>
  readonly arrived: (ms: number) => void
}

const failures = new Set<string>()
const waves: Wave[] = []
let clients = 0

function newWave(): Wave {
  const tookMs: number[] = []
  let settle = (): void => {}
  const complete = new Promise<void>(resolve => {
    settle = resolve
  })
  return {
    tookMs,
    complete,
    arrived(ms) {
      tookMs.push(ms)
      if (tookMs.length === clients) settle()
    },
  }
}

const waveAt = (index: number): Wave => (waves[index] ??= newWave())

async function arrivalsOf({ complete, tookMs }: Wave): Promise<Arrivals> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new Error(
            `${clients - tookMs.length} of ${clients} subscribers had no notice within ${TIMEOUT_MS / 1000} s: ${[...failures].join('; ') || 'no answer'}`,
          ),
        ),
      TIMEOUT_MS,
    )
  })
  try {
    await Promise.race([complete, late])
  } finally {
    clearTimeout(timer)
  }
  return { meanMs: tookMs.reduce((sum, ms) => sum + ms, 0) / tookMs.length, maxMs: Math.max(...tookMs) }
}

/** The network, saying when an exchange is begun on it. */
const watched = (network: Network, onBegin: () => void): Network => ({
  connect(baseUrl) {
    const connection = network.connect(baseUrl)
    return {
      ...connection,
      get(...order) {
        onBegin()
        return connection.get(...order)
      },
      webSocket(...order) {
        onBegin()
        return connection.webSocket(...order)
      },
      library() {
        onBegin()
        return connection.library()
      },
    }
  },
})

async function come(order: ArrivalOrder): Promise<Arrivals> {
  const entry = entryOf(order.transport)
  if (!entry) throw new Error(`no client for the transport ${JSON.stringify(order.transport)}`)
  const { subscribe } = await entry.load()
  const network = nodeNetwork({
    headers: fromHere(order.headers.request, order.baseUrl),
    upgradeHeaders: fromHere(order.headers.upgrade, order.baseUrl),
  })
  clients = order.clients
  for (let who = 0; who < clients; who++) {
    let begunMs = 0
    let received = 0
    subscribe({
      baseUrl: order.baseUrl,
      network: watched(network, () => {
        begunMs = performance.now()
      }),
      signal: new AbortController().signal,
      after: EARLIEST,
      pollIntervalMs: order.pollIntervalMs,
      waitMs: order.waitMs,
      ...(order.transportOptions && { transportOptions: order.transportOptions }),
      random: () => RETRY_SHARE,
      onNotice: () => waveAt(received++).arrived(performance.now() - begunMs),
      onState: (_, reason) => {
        if (reason !== undefined) failures.add(reason)
      },
    })
  }
  return arrivalsOf(waveAt(0))
}

serveParent<ArrivalCalls>({ come, next: () => arrivalsOf(waveAt(1)) })

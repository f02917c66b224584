// A load process in a storm: thousands of WebSockets that are cut at once and all come back, each after a delay drawn from a window.
import { retryRule } from '../../client/session.ts'
import { seededRandom } from '../../results/random.ts'
import type { Dialect } from '../contestants/contestant.ts'
import { requestText } from '../contestants/requests.ts'
import { serveParent } from '../machine/child.ts'
import { openRawWebSocket, type RawWebSocket } from './raw-web-socket.ts'

export interface StormReport {
  /** From the cut until each of those that are back was served again, ms, ascending. */
  readonly backMs: Float64Array
  /** Attempts that came to nothing. */
  readonly failures: number
  /** Why the first of them did. */
  readonly failure: string | undefined
}

export type StormCalls = {
  /** Opens so many; settles once each was told where it stands. Rejects where one is refused. */
  open: { argument: { readonly origin: string; readonly dialect: Dialect; readonly clients: number }; result: void }
  /** Cuts all, and settles once all are back, after `forMs` at the latest. Each begins again after a delay from [0, windowMs), and after a
   * failure by the rule of this lab's clients. */
  cut: {
    argument: { readonly windowMs: number; readonly seed: number; readonly forMs: number }
    result: StormReport
  }
  /** How often notice `seq` came to each: to so many not at all, to so many more than once. */
  account: { argument: { readonly seq: number }; result: { readonly missing: number; readonly doubled: number } }
}

interface Client {
  connection: RawWebSocket | undefined
  cursor: string
  /** Of the notices since the beginning. */
  readonly seqs: number[]
  attempt: number
}

/** Handshakes under way at once at the beginning. */
const OPEN_AT_ONCE = 64

const clients: Client[] = []
let origin = ''
let dialect: Dialect | undefined

/** One attempt: told where it stands or, once, why not. */
function connect(client: Client, onServed: () => void, onFailure: (error: Error) => void): void {
  const { path } = dialect!
  const request = requestText({ ...dialect!, path: client.cursor === '' ? path : `${path}?after=${client.cursor}` })
  let isServed = false
  let isOver = false
  const connection = openRawWebSocket(
    origin,
    request,
    {},
    {
      onOpen() {},
      onText(text) {
        const { cursor, seq } = JSON.parse(text) as { cursor?: string; seq?: number }
        if (seq !== undefined) {
          client.seqs.push(seq)
          client.cursor = client.cursor.replace(/\d+$/, String(seq))
        } else if (cursor !== undefined) {
          client.cursor = cursor
          if (isServed) return
          isServed = true
          onServed()
        }
      },
      onFailure(error) {
        connection.socket.destroy()
        if (isOver || isServed) return
        isOver = true
        onFailure(error)
      },
    },
  )
  client.connection = connection
}

async function open(order: StormCalls['open']['argument']): Promise<void> {
  origin = order.origin
  dialect = order.dialect
  let left = order.clients
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const client: Client = { connection: undefined, cursor: '', seqs: [], attempt: 0 }
      clients.push(client)
      await new Promise<void>((resolve, reject) => connect(client, resolve, reject))
    }
  }
  await Promise.all(Array.from({ length: OPEN_AT_ONCE }, lane))
}

function cut({ windowMs, seed, forMs }: StormCalls['cut']['argument']): Promise<StormReport> {
  const random = seededRandom(seed)
  const backMs: number[] = []
  const timers = new Set<NodeJS.Timeout>()
  let failures = 0
  let failure: string | undefined
  const delays = clients.map(() => random() * windowMs)
  const begunMs = performance.now()
  for (const { connection } of clients) connection?.socket.resetAndDestroy()
  return new Promise(resolve => {
    const later = (ms: number, act: () => void): void => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        act()
      }, ms)
      timers.add(timer)
    }
    const finish = (): void => {
      for (const timer of timers) clearTimeout(timer)
      resolve({ backMs: Float64Array.from(backMs.sort((a, b) => a - b)), failures, failure })
    }
    const begin = (client: Client): void =>
      connect(
        client,
        () => {
          client.attempt = 0
          backMs.push(performance.now() - begunMs)
          if (backMs.length === clients.length) finish()
        },
        error => {
          failures++
          failure ??= error.message
          later(random() * Math.min(retryRule.capMs, retryRule.baseMs * 2 ** client.attempt++), () => begin(client))
        },
      )
    for (const [i, client] of clients.entries()) later(delays[i]!, () => begin(client))
    later(forMs, finish)
  })
}

serveParent<StormCalls>({
  open,
  cut,
  account({ seq }) {
    const times = clients.map(({ seqs }) => seqs.filter(each => each === seq).length)
    return { missing: times.filter(count => count === 0).length, doubled: times.filter(count => count > 1).length }
  },
})

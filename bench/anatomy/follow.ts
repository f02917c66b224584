// A subscriber in Node that does through a tap what the page does: it follows the stream for a while, and publishes once itself.
import { createHttp } from '../../client/network/http.ts'
import { entryOf } from '../../client/transports/index.ts'
import { paths } from '../../server/protocol.ts'
import { networksOf } from '../load/networks.ts'
import { fromHere, type HeaderProfile } from '../profiles/profile.ts'

export interface FollowOrder {
  readonly transport: string
  /** Of the tap. */
  readonly baseUrl: string
  readonly headers: HeaderProfile
  readonly pollIntervalMs: number
  readonly waitMs: number
}

export interface Follower {
  /** Notices so far. */
  readonly seqs: readonly number[]
  /** Settles once the stream is open: a held poll says so with its first answer. */
  readonly opened: Promise<void>
  /** Rejects where the subscription ends by itself. */
  readonly died: Promise<never>
  /** On the subscriber's own connection where its transport takes that, else by a POST on one that is let go afterwards. */
  publish(body: unknown): Promise<void>
  end(): Promise<void>
}

export async function follow({ transport, baseUrl, headers, ...order }: FollowOrder): Promise<Follower> {
  const { subscribe } = await entryOf(transport)!.load()
  const stop = new AbortController()
  const seqs: number[] = []
  let send: ((body: unknown) => void) | undefined
  let open: () => void = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  const died = new Promise<never>((_, reject) => {
    subscribe({
      ...order,
      baseUrl,
      network: networksOf({ baseUrl, clients: 1, portsPerAddress: null, headers })(0),
      signal: stop.signal,
      onNotice: ({ seq }) => void seqs.push(seq),
      onUpstream: publish => {
        send = publish
      },
      onState(state, reason) {
        if (state === 'open') open()
        if (state === 'closed' && !stop.signal.aborted) reject(new Error(reason ?? `${transport} ended`))
      },
    })
  })
  died.catch(() => {})
  return {
    seqs,
    opened,
    died,
    async publish(body) {
      if (send) send(body)
      else await post(baseUrl, headers, body)
    },
    end: async () => stop.abort(),
  }
}

function post(baseUrl: string, { request }: HeaderProfile, body: unknown): Promise<void> {
  const http = createHttp(new URL(baseUrl), { keepAlive: false, thresholdMs: 1000 })
  const lines = Object.entries(fromHere(request, baseUrl)).map(([name, value]) => `${name}: ${value}\r\n`)
  return new Promise((resolve, reject) => {
    let status = 0
    http.post(paths.notices, lines.join(''), JSON.stringify({ body }), {
      onHead(answered) {
        status = answered
      },
      onData() {},
      onEnd: () => (status === 201 ? resolve() : reject(new Error(`a notice was answered with ${status}`))),
      onError: reject,
    })
  })
}

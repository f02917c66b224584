// Captures a transport live: this page subscribes through the tap that it was loaded through, publishes once itself, and fetches the bytes.
import type { CapturePlan } from '../../server/anatomy/wire.ts'
import { paths } from '../../server/protocol.ts'
import { browserNetwork } from '../network/browser.ts'
import { entryOf } from '../transports/index.ts'
import { beginCapture, endCapture } from './ask.ts'
import type { Capture } from './capture.ts'

export interface LiveOptions {
  /** Aborted, the capture is given up. */
  readonly signal?: AbortSignal
  /** Told once it has begun, with what is going to happen. */
  readonly onBegin?: (plan: CapturePlan) => void
  /** Told of each notice that the page got, ms since the beginning. */
  readonly onNotice?: (seq: number, atMs: number) => void
}

/** How long closing may take: a WebSocket's handshake for it, and connections that are let go. */
const CLOSING_MS = 250

/**
 * Takes a capture of `transport`, some seven seconds. Rejects with a sentence where none can be taken, another one is under way, the transport's
 * subscription ends early, or `signal` is aborted.
 */
export async function captureLive(
  transport: string,
  { signal, onBegin, onNotice }: LiveOptions = {},
): Promise<Capture> {
  const entry = entryOf(transport)
  if (!entry) throw new Error(`no transport is called ${JSON.stringify(transport)}`)
  // What it loads must not come over a connection that is captured.
  const { subscribe } = await entry.load()
  signal?.throwIfAborted()
  const plan = await beginCapture(transport)
  try {
    onBegin?.(plan)
    await follow(subscribe, plan, signal, onNotice)
  } catch (error) {
    // Begun again at once, it must find none under way.
    await endCapture().catch(() => {})
    throw error
  }
  return endCapture()
}

type Subscribe = Awaited<ReturnType<NonNullable<ReturnType<typeof entryOf>>['load']>>['subscribe']

/** The page's part of the capture. Throws where the subscription ends by itself, or `signal` is aborted. */
async function follow(
  subscribe: Subscribe,
  { pollIntervalMs, waitMs, upstream, lastsMs }: CapturePlan,
  signal?: AbortSignal,
  onNotice?: (seq: number, atMs: number) => void,
): Promise<void> {
  const beganMs = performance.now()
  const stop = new AbortController()
  let publish = post
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve, reject) => {
    const give = (): void => reject(signal!.reason)
    signal?.addEventListener('abort', give, { signal: stop.signal })
    if (signal?.aborted) return give()
    subscribe({
      baseUrl: location.origin,
      network: browserNetwork(),
      signal: stop.signal,
      pollIntervalMs,
      waitMs,
      onUpstream(send) {
        publish = async body => send(body)
      },
      onNotice: ({ seq }) => onNotice?.(seq, performance.now() - beganMs),
      onState(state, reason) {
        if (state === 'closed') reject(new Error(reason ?? 'the subscription ended'))
      },
    })
    timer = setTimeout(() => {
      publish(upstream.body).catch(reject)
      timer = setTimeout(resolve, lastsMs - upstream.atMs)
    }, upstream.atMs)
  })
  try {
    await over
  } finally {
    clearTimeout(timer)
    stop.abort()
    await new Promise(resolve => setTimeout(resolve, CLOSING_MS))
  }
}

/** As a client publishes that has nothing but HTTP for it. */
async function post(body: unknown): Promise<void> {
  const answer = await fetch(paths.notices, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ body }),
  })
  const said = await answer.text()
  if (!answer.ok) throw new Error(`POST ${paths.notices} was answered with ${answer.status}: ${said}`)
}

// One phone of a class: joins, is one real subscriber, compares clocks, reports, and notices when it slept. Runs in pages and in Node.
import { MIN_POLL_MS, phonePaths } from '../../../server/demo/phone-wire.ts'
import type { Joined, Report, Told } from '../../../server/demo/wire.ts'
import { paths } from '../../../server/protocol.ts'
import { type ClientEntry, clientTransports, type TransportName } from '../../transports/index.ts'
import { AT_MS, type Clock, compareClocks, DRIFT_MS, delayOf, isParted, now } from './clock.ts'
import type { ClassMember, MemberOrder } from './contract.ts'
import { namedNetwork } from './named-network.ts'

/** A refusal in the server's words. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const REPORT_MS = 2000
const TICK_MS = 500
/** A timer that is this late was not run: the device slept. */
const SLEPT_MS = 3000
const COMPARE_MS = 30_000

/** While a device sleeps, `now` may stand still (Chromium on Android), and the clock of the day does not. */
const sleptInAllMs = (): number => Date.now() - now()

/** Whatever a server tells, it is not polled faster than the demo lets a teacher wish. */
const intervalOf = ({ pollIntervalMs }: Told): number => Math.max(MIN_POLL_MS, pollIntervalMs)

/** Joins; everything stops once `signal` aborts or the session is over. Rejects with Refused where the class does not take it. */
export async function joinClass(order: MemberOrder): Promise<ClassMember> {
  const { baseUrl, code, key, ask, signal, on } = order
  const network = namedNetwork(order.network, key)
  const over = new AbortController()
  const stop = (): void => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  let clock: Clock | undefined
  let comparedSleptMs = 0
  /** What the class told last, and when that was asked for: what has a later number was published since. */
  let heard = { seq: 0, askedMs: now() }
  let comparedMs = 0
  let reportedMs = 0
  let joined = await enter()
  let { headSeq } = joined
  let pollIntervalMs = intervalOf(joined)
  let { cursor } = joined
  let seq = headSeq
  let delivered = 0
  let lost = 0
  let lastDelayMs: number | null = null
  let woke: { sleptMs: number; atMs: number; before: number; until: number | undefined } | undefined
  let subscription: AbortController | undefined
  let failures = 0
  /** It has just entered, and the class has not answered to its key yet. */
  let isNew = false
  let tapped: Promise<void> = Promise.resolve()

  async function post<T extends Told>(path: string, body: object): Promise<T> {
    const askedMs = now()
    const answer = await ask(path, { key, ...body })
    if (answer.status >= 200 && answer.status < 300) {
      const { nowMs: serverMs, headSeq: seq } = answer.body as T
      heard = { seq, askedMs }
      lookAt(serverMs, askedMs)
      return answer.body as T
    }
    const { detail } = (answer.body ?? {}) as { detail?: unknown }
    throw new Refused(answer.status, typeof detail === 'string' ? detail : `the server answered ${answer.status}`)
  }

  const entry = (): ClientEntry => clientTransports[joined.transport as TransportName]

  function enter(): Promise<Joined> {
    return post<Joined>(phonePaths.phones, { code })
  }

  /** Of two taps the server must hear the second one last. */
  function inTurn(tap: () => Promise<void>): Promise<void> {
    tapped = tapped.then(tap, tap)
    return tapped
  }

  /** Goes on where it was, on whatever transport it now has. Rejects where its script does not come; the next report tries again. */
  async function subscribe(): Promise<void> {
    subscription?.abort()
    if (over.signal.aborted) return
    const own = new AbortController()
    subscription = own
    over.signal.addEventListener('abort', () => own.abort(), { once: true, signal: own.signal })
    const { subscribe } = await entry()
      .load()
      .catch(error => {
        if (subscription === own) subscription = undefined
        throw error
      })
    if (own.signal.aborted) return
    subscribe({
      baseUrl,
      network,
      signal: own.signal,
      pollIntervalMs,
      after: cursor,
      onNotice(notice, position) {
        cursor = position
        seq = notice.seq
        headSeq = Math.max(headSeq, seq)
        delivered++
        lookAtClocks()
        lookAt(notice.at, notice.seq > heard.seq ? heard.askedMs : Number.NEGATIVE_INFINITY)
        lastDelayMs = clock ? delayOf(notice.at, now(), clock) : null
        on.onNotice?.(notice, lastDelayMs)
        caughtUp()
      },
      onGap(missed, position) {
        cursor = position
        lost += missed ?? 0
      },
      onState: (state, reason) => on.onState?.(state, reason),
    })
  }

  /** What was compared holds no longer: it is compared again in the next turn of the timer. */
  function part(): void {
    clock = undefined
    lastDelayMs = null
    reportedMs = comparedMs = 0
    on.onClock?.(undefined)
  }

  /** The server's clock read `serverMs` since `sentMs` of ours. */
  function lookAt(serverMs: number, sentMs: number): void {
    if (clock && isParted({ sentMs, cameMs: now(), serverMs }, clock)) part()
  }

  /** Whether the clock of the day and the one that delays are measured by went on together. */
  function lookAtClocks(): void {
    if (clock && Math.abs(sleptInAllMs() - comparedSleptMs) > DRIFT_MS) part()
  }

  async function compare(): Promise<void> {
    const compared = await compareClocks(async () => {
      if (over.signal.aborted) return undefined
      const { status, body } = await ask(paths.time)
      return status === 200 ? (body as { nowMs: number }).nowMs : undefined
    })
    if (!compared) return
    comparedMs = Date.now()
    comparedSleptMs = sleptInAllMs()
    clock = compared
    on.onClock?.(clock)
  }

  function caughtUp(): void {
    if (!woke || woke.until === undefined || seq < woke.until) return
    const { sleptMs, atMs, before } = woke
    woke = undefined
    on.onWoke?.({ sleptMs, caughtUp: delivered - before, tookMs: Date.now() - atMs })
  }

  async function report(): Promise<void> {
    const figures: Report = {
      seq,
      delivered,
      delayMs: lastDelayMs === null ? null : Math.round(lastDelayMs * 10) / 10,
      uncertaintyMs: clock ? Math.round((clock.uncertaintyMs + AT_MS) * 10) / 10 : null,
    }
    try {
      take(await post<Told>(phonePaths.report, figures))
      isNew = false
      if (!subscription) await subscribe()
      if (failures > 0) on.onTrouble?.(undefined)
      failures = 0
    } catch (error) {
      if (over.signal.aborted) return
      const isUnknown = error instanceof Refused && error.status === 401
      if (isUnknown && !isNew) return again()
      failures++
      on.onTrouble?.(
        isUnknown
          ? 'The class does not know this phone. Load the page again.'
          : 'The server does not answer. Trying again …',
      )
    }
  }

  /** A server that was started anew knows nobody: the code says whether it is the same class. Once: where that does not help, nothing is gained by
   * trying for ever. */
  async function again(): Promise<void> {
    try {
      const taken = await enter()
      isNew = true
      await follow(taken)
    } catch (error) {
      if (error instanceof Refused && (error.status === 403 || error.status === 409)) finish(error.message)
      else on.onTrouble?.((error as Error).message)
    }
  }

  async function follow(now: Joined): Promise<void> {
    joined = now
    on.onJoined?.(joined)
    take(joined)
    await subscribe()
  }

  function take(told: Told): void {
    if (told.isOver) return finish()
    headSeq = Math.max(told.headSeq, seq)
    if (woke && woke.until === undefined) {
      woke.until = headSeq
      caughtUp()
    }
    on.onTold?.(told)
    const wantedMs = intervalOf(told)
    if (wantedMs === pollIntervalMs) return
    pollIntervalMs = wantedMs
    // Only who asks on a timer has to begin anew.
    if (entry().isTimed && subscription) subscribe().catch(() => {})
  }

  function finish(reason?: string): void {
    if (over.signal.aborted) return
    stop()
    on.onOver?.(reason)
  }

  on.onJoined?.(joined)
  await subscribe().catch(() => {})

  let tickedMs = Date.now()
  let isBusy = false
  function tick(): void {
    const lateMs = Date.now() - tickedMs - TICK_MS
    tickedMs = Date.now()
    if (lateMs > SLEPT_MS) {
      woke = { sleptMs: lateMs, atMs: tickedMs, before: delivered, until: undefined }
      on.onWoke?.({ sleptMs: lateMs, caughtUp: null, tookMs: null })
      reportedMs = comparedMs = 0
    }
    lookAtClocks()
    // The more often it failed, the longer it waits: at most ten seconds.
    const pauseMs = Math.min(10_000, REPORT_MS * 2 ** failures)
    if (isBusy || Math.abs(tickedMs - reportedMs) < pauseMs) return
    isBusy = true
    reportedMs = tickedMs
    void (async () => {
      try {
        if (Math.abs(tickedMs - comparedMs) > COMPARE_MS) await compare()
        await report()
      } finally {
        isBusy = false
      }
    })()
  }
  const timer = setInterval(tick, TICK_MS)
  over.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  if (over.signal.aborted) clearInterval(timer)
  else tick()

  return {
    get phone() {
      return joined.phone
    },
    get transport() {
      return joined.transport
    },
    get seq() {
      return seq
    },
    get delivered() {
      return delivered
    },
    get lost() {
      return lost
    },
    report,
    change: transport =>
      inTurn(async () => {
        await follow(await post<Joined>(phonePaths.transport, { transport }))
      }),
    vote: (scene, choice) => inTurn(async () => take(await post<Told>(phonePaths.vote, { scene, choice }))),
  }
}

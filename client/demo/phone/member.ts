// One phone of a class: joins, is one real subscriber, compares clocks, reports, and notices when it slept. Runs in pages and in Node.
import { demoLimits, demoPaths, type Joined, type Report, type Told } from '../../../server/demo/wire.ts'
import { paths } from '../../../server/protocol.ts'
import { type ClientEntry, clientTransports, type TransportName } from '../../transports/index.ts'
import { newSubscriberTally } from '../../transports/transport.ts'
import { AT_MS, type Clock, compareClocks, delayOf } from './clock.ts'
import type { ClassMember, MemberOrder } from './contract.ts'

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

const now = (): number => performance.timeOrigin + performance.now()
/** While a device sleeps, `now` may stand still (Chromium on Android), and the clock of the day does not. */
const sleptInAllMs = (): number => Date.now() - now()
/** More than that and it is no rounding: what was compared before holds no longer. */
const STOOD_STILL_MS = 50

/** Whatever a server tells, it is not polled faster than the demo lets a teacher wish. */
const intervalOf = ({ pollIntervalMs }: Told): number => Math.max(demoLimits.pollIntervalMs.min, pollIntervalMs)

/** Joins; everything stops once `signal` aborts or the session is over. Rejects with Refused where the class does not take it. */
export async function joinClass(order: MemberOrder): Promise<ClassMember> {
  const { baseUrl, code, network, ask, signal, on } = order
  const over = new AbortController()
  const stop = (): void => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  let joined = await enter()
  let { headSeq } = joined
  let pollIntervalMs = intervalOf(joined)
  let clock: Clock | undefined
  let comparedSleptMs = 0
  let { cursor } = joined
  let seq = headSeq
  let delivered = 0
  let lost = 0
  let lastDelayMs: number | null = null
  let woke: { sleptMs: number; atMs: number; before: number; until: number | undefined } | undefined
  let subscription: AbortController | undefined
  let failures = 0
  let tapped: Promise<void> = Promise.resolve()
  const tally = newSubscriberTally()

  async function post<T>(path: string, body: unknown): Promise<T> {
    const answer = await ask(path, body)
    if (answer.status >= 200 && answer.status < 300) return answer.body as T
    const { detail } = (answer.body ?? {}) as { detail?: unknown }
    throw new Refused(answer.status, typeof detail === 'string' ? detail : `the server answered ${answer.status}`)
  }

  const entry = (): ClientEntry => clientTransports[joined.transport as TransportName]

  function enter(): Promise<Joined> {
    return post<Joined>(demoPaths.phones, { code })
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
      tally,
      pollIntervalMs,
      after: cursor,
      onNotice(notice, position) {
        cursor = position
        seq = notice.seq
        headSeq = Math.max(headSeq, seq)
        delivered++
        if (Math.abs(sleptInAllMs() - comparedSleptMs) > STOOD_STILL_MS) clock = undefined
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

  async function compare(): Promise<void> {
    const compared = await compareClocks(async () => {
      if (over.signal.aborted) return undefined
      const { status, body } = await ask(paths.time)
      return status === 200 ? (body as { nowMs: number }).nowMs : undefined
    })
    if (compared) comparedSleptMs = sleptInAllMs()
    clock = compared ?? clock
    if (clock) on.onClock?.(clock)
  }

  function caughtUp(): void {
    if (!woke || woke.until === undefined || seq < woke.until) return
    const { sleptMs, atMs, before } = woke
    woke = undefined
    on.onWoke?.({ sleptMs, caughtUp: delivered - before, tookMs: Date.now() - atMs })
  }

  async function report(): Promise<void> {
    const told: Report = {
      seq,
      delivered,
      delayMs: lastDelayMs === null ? null : Math.round(lastDelayMs * 10) / 10,
      uncertaintyMs: clock ? Math.round((clock.uncertaintyMs + AT_MS) * 10) / 10 : null,
    }
    try {
      take(await post<Told>(demoPaths.report, told))
      if (!subscription) await subscribe()
      if (failures > 0) on.onTrouble?.(undefined)
      failures = 0
    } catch (error) {
      if (over.signal.aborted) return
      if (error instanceof Refused && error.status === 401) return again()
      failures++
      on.onTrouble?.('The server does not answer. Trying again …')
    }
  }

  /** A server that was started anew knows nobody: the code says whether it is the same class. */
  async function again(): Promise<void> {
    try {
      joined = await enter()
      on.onJoined?.(joined)
      take(joined)
      await subscribe()
    } catch (error) {
      if (error instanceof Refused && (error.status === 403 || error.status === 409)) finish()
      else on.onTrouble?.((error as Error).message)
    }
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

  function finish(): void {
    if (over.signal.aborted) return
    stop()
    on.onOver?.()
  }

  on.onJoined?.(joined)
  await subscribe().catch(() => {})

  let tickedMs = Date.now()
  let reportedMs = 0
  let comparedMs = 0
  let isBusy = false
  function tick(): void {
    const lateMs = Date.now() - tickedMs - TICK_MS
    tickedMs = Date.now()
    if (lateMs > SLEPT_MS) {
      woke = { sleptMs: lateMs, atMs: tickedMs, before: delivered, until: undefined }
      on.onWoke?.({ sleptMs: lateMs, caughtUp: null, tookMs: null })
      reportedMs = comparedMs = 0
    }
    // The more often it failed, the longer it waits: at most ten seconds.
    const pauseMs = Math.min(10_000, REPORT_MS * 2 ** failures)
    if (isBusy || tickedMs - reportedMs < pauseMs) return
    isBusy = true
    reportedMs = tickedMs
    void (async () => {
      try {
        if (tickedMs - comparedMs > COMPARE_MS) {
          comparedMs = tickedMs
          await compare().catch(() => {})
        }
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
    tally,
    report,
    change: transport =>
      inTurn(async () => {
        joined = await post<Joined>(demoPaths.transport, { transport })
        on.onJoined?.(joined)
        take(joined)
        await subscribe()
      }),
    vote: (scene, choice) => inTurn(async () => take(await post<Told>(demoPaths.vote, { scene, choice }))),
  }
}

// "Hide the tab": one subscriber in a page that is looked at, and then in the same page behind another tab; what comes how late.
import type { Cell } from '../../results/cell.ts'
import { derivedSeed } from '../../results/random.ts'
import { mean } from '../../results/sums.ts'
import { blankCell, judged } from '../cell/blank-cell.ts'
import { withServer } from '../cell/with-server.ts'
import { controlPoster, type Poster, publishNotice } from '../load/post.ts'
import { publishSchedule } from '../load/schedule.ts'
import { BROWSER_START_MS, startBrowser, type Tab } from '../machine/chromium.ts'
import type { Seen } from '../machine/page.ts'
import { serverArgsOf, startServerProcess } from '../machine/server-process.ts'
import { type DriverOrder, type KindDriver, onTransport } from './kind.ts'

/** What was seen of the page while it was in view, or hidden. */
type Watched = NonNullable<Cell['hidden']>['visible']

const LOOK_MS = 25
const OPEN_MS = 5000
/** A hidden tab has this long to say so. */
const HIDE_MS = 5000
/** Well beyond a second, which is between two polls of a hidden page; a minute, where that is. */
const DRAIN_MS = 10_000
const MINUTE_MS = 60_000
/** Longer than between two polls of a page whose timers are looked at once a second. */
const PAUSE_MS = 5000
/** Of the page in view, where the other part needs minutes. */
const SHORT_MS = 8000
const READINGS_OF_CLOCK = 20

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, Math.max(0, ms)))

/**
 * One cell: notices at `ratePerSecond` for `windowMs` in a visible page, and as long once it is hidden; with `hiddenForMs`, once it has been
 * hidden for that long, after at most eight seconds in view. Failed where the page does not become
 * hidden, void where notices are lost. Throws ExitError 3 or 4 as `startBrowser` and servers do, and what `signal` was aborted with.
 */
export function measureHidden(order: DriverOrder): Promise<Cell> {
  const { scenario, transport } = order
  const { windowMs, warmupMs, pollIntervalMs, pollTimer, waitMs, fetchCache: cache, hiddenForMs } = scenario
  const drainMs = DRAIN_MS + (hiddenForMs === undefined ? 0 : MINUTE_MS)
  const begun = blankCell(order)
  return withServer(
    order,
    () => startServerProcess(serverArgsOf(scenario)),
    async (server, start) => {
      const browser = await start(startBrowser)
      const blank = { ...begun, browser: browser.version }
      const failed = (reason: string): Cell => ({ ...blank, status: 'failed', reasons: [reason] })
      const tab = await browser.openTab(new URL(server.url).origin)
      await tab.call('follow', { transport, pollIntervalMs, pollTimer, waitMs, cache })
      if (!(await becomes(tab, OPEN_MS, ({ isOpen }) => isOpen)))
        return failed(`the page had no stream within ${OPEN_MS / 1000} s`)
      await wait(warmupMs)
      const poster = controlPoster(server.socketPath)
      await start(() => ({ end: async () => poster.close() }))
      const visibleMs = hiddenForMs === undefined ? windowMs : Math.min(windowMs, SHORT_MS)
      const visible = await watchFor(order, tab, poster, { name: 'visible', forMs: visibleMs, drainMs })
      await browser.openBlank()
      if (!(await becomes(tab, HIDE_MS, ({ visibility }) => visibility === 'hidden')))
        return failed(`the browser did not hide the page within ${HIDE_MS / 1000} s`)
      if (hiddenForMs !== undefined) await wait(hiddenForMs)
      const hidden = await watchFor(order, tab, poster, { name: 'hidden', forMs: windowMs, drainMs })
      const published = visible.published + hidden.published
      const delivered = visible.received + hidden.received
      const lost = published - delivered
      const cell: Cell = {
        ...blank,
        windowMs: hidden.forMs,
        published,
        expected: published,
        delivered,
        lost,
        requests: visible.polls + hidden.polls,
        hidden: {
          visible,
          hidden,
          ...(hiddenForMs !== undefined && { slowedAfterMs: slowedAfterMs(await tab.call('seen')) }),
        },
      }
      return judged(
        cell,
        lost === 0 ? [] : [`${lost} of ${published} notices did not arrive within ${drainMs / 1000} s`],
      )
    },
  )
}

/** Publishes for `forMs`, waits for the last of it, and says how it went. */
async function watchFor(
  { scenario, seed, round }: DriverOrder,
  tab: Tab,
  poster: Poster,
  { name, forMs, drainMs }: { name: 'visible' | 'hidden'; forMs: number; drainMs: number },
): Promise<Watched> {
  const { ratePerSecond, schedule: kind, stratified } = scenario
  const dueMs = publishSchedule({
    kind,
    ratePerSecond,
    stratified,
    durationMs: forMs,
    seed: derivedSeed(seed, scenario.id, round, name),
  })
  const clock = await clockOf(tab)
  const begunMs = performance.now()
  const fromMs = clock.pageMs(process.hrtime.bigint())
  const appendedMs = new Map<string, number>()
  for (const [index, due] of dueMs.entries()) {
    await wait(begunMs + due - performance.now())
    const body = `${name} ${index}`
    appendedMs.set(body, clock.pageMs(await publishNotice(poster, JSON.stringify(body))))
  }
  await wait(begunMs + forMs - performance.now())
  const isHere = (body: unknown): body is string => appendedMs.has(body as string)
  const untilMs = performance.now() + drainMs
  let seen = await tab.call('seen')
  while (seen.bodies.filter(isHere).length < appendedMs.size && performance.now() < untilMs) {
    await wait(LOOK_MS)
    seen = await tab.call('seen')
  }
  const delays = seen.bodies
    .flatMap((body, at) => (isHere(body) ? [Math.max(0, seen.atMs[at]! - appendedMs.get(body)!)] : []))
    .toSorted((a, b) => a - b)
  const polls = seen.requestedMs.filter(at => at >= fromMs)
  const gaps = polls
    .slice(1)
    .map((at, index) => at - polls[index]!)
    .toSorted((a, b) => a - b)
  return {
    forMs,
    published: appendedMs.size,
    received: delays.length,
    delay: delays.length === 0 ? null : { meanMs: mean(delays), medianMs: middle(delays), maxMs: delays.at(-1)! },
    polls: polls.length,
    interval: gaps.length === 0 ? null : { medianMs: middle(gaps), maxMs: gaps.at(-1)! },
    clockMs: clock.widthMs / 2,
  }
}

/** How long after the page was hidden the first pause of more than some seconds began between two requests; null where there was none. */
function slowedAfterMs({ requestedMs, hiddenAtMs }: Seen): number | null {
  if (hiddenAtMs === null) return null
  const at = requestedMs.findIndex((ms, index) => ms >= hiddenAtMs && (requestedMs[index + 1] ?? ms) - ms > PAUSE_MS)
  return at < 0 ? null : requestedMs[at]! - hiddenAtMs
}

const middle = (ascending: readonly number[]): number => ascending[Math.floor(ascending.length / 2)]!

/** The page's clock beside this machine's, as the quickest of some readings has it: exact to half of what that reading took. */
async function clockOf(tab: Tab) {
  let best: { readonly ns: bigint; readonly pageAtMs: number; readonly widthMs: number } | undefined
  for (let reading = 0; reading < READINGS_OF_CLOCK; reading++) {
    const fromNs = process.hrtime.bigint()
    const pageAtMs = await tab.call('nowMs')
    const widthMs = Number(process.hrtime.bigint() - fromNs) / 1e6
    if (best && best.widthMs <= widthMs) continue
    best = { ns: fromNs + BigInt(Math.round(widthMs * 5e5)), pageAtMs, widthMs }
  }
  const { ns, pageAtMs, widthMs } = best!
  return { widthMs, pageMs: (atNs: bigint): number => pageAtMs + Number(atNs - ns) / 1e6 }
}

async function becomes(tab: Tab, withinMs: number, isSo: (seen: Seen) => boolean): Promise<boolean> {
  const untilMs = performance.now() + withinMs
  while (!isSo(await tab.call('seen'))) {
    if (performance.now() >= untilMs) return false
    await wait(LOOK_MS)
  }
  return true
}

export const kind = {
  measure: onTransport(measureHidden),
  roundMs({ hiddenForMs, warmupMs, windowMs }, { transports }) {
    const shownMs = hiddenForMs === undefined ? 2 * windowMs : hiddenForMs + 1.25 * windowMs
    return transports * (BROWSER_START_MS + warmupMs + shownMs)
  },
} satisfies KindDriver

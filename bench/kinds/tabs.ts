// "Open seven tabs": pages of one host in one browser, which subscribe one after the other; how many of them have the stream.
import type { Cell } from '../../results/cell.ts'
import { sum } from '../../results/sums.ts'
import { paths } from '../../server/protocol.ts'
import { blankCell } from '../cell/blank-cell.ts'
import { withServer } from '../cell/with-server.ts'
import { publishOnce } from '../load/post.ts'
import { BROWSER_START_MS, startBrowser, type Tab } from '../machine/chromium.ts'
import { serverArgsOf, startServerProcess } from '../machine/server-process.ts'
import { type DriverOrder, type KindDriver, onTransport } from './kind.ts'

type TabsStep = NonNullable<Cell['tabs']>[number]

/** How often the tabs are asked what they have. */
const LOOK_MS = 25

/**
 * One cell: 1, 2, … `scenario.clients` tabs; at each number how many are open, whether another request is answered, and how many have a notice,
 * each within `scenario.windowMs`. Throws ExitError 3 or 4 as `startBrowser` and servers do, and what `signal` was aborted with.
 */
export function measureTabs(order: DriverOrder): Promise<Cell> {
  const { scenario, transport } = order
  const { clients, windowMs, pollIntervalMs, waitMs, fetchCache: cache } = scenario
  const blank = blankCell(order)
  return withServer(
    order,
    () => startServerProcess(serverArgsOf(scenario)),
    async (server, start) => {
      const browser = await start(startBrowser)
      const begunMs = performance.now()
      const origin = new URL(server.url).origin
      const steps: TabsStep[] = []
      // All are loaded before any subscribes: with six streams open the next page itself would not come.
      const loaded: Tab[] = []
      while (loaded.length < clients) loaded.push(await browser.openTab(origin))
      for (const [index, tab] of loaded.entries()) {
        const tabs = loaded.slice(0, index + 1)
        await tab.call('follow', { transport, pollIntervalMs, waitMs, cache })
        const open = await reached(tabs, windowMs, ({ isOpen }) => isOpen)
        const held = (await server.status()).transports[transport]!.open
        const askedMs = await tab.call('ask', paths.time, windowMs)
        const body = { tabs: tabs.length }
        await publishOnce(server, JSON.stringify(body))
        const received = await reached(tabs, windowMs, ({ bodies }) => bodies.some(each => sameBody(each, body)))
        steps.push({ tabs: tabs.length, open, held, received, askedMs })
      }
      const { process } = await server.status()
      const delivered = sum(steps, ({ received }) => received)
      return {
        ...blank,
        windowMs: performance.now() - begunMs,
        published: steps.length,
        // Those that wait for a connection are what is measured, and no loss.
        expected: delivered,
        delivered,
        connectionsOpened: steps.at(-1)?.held ?? 0,
        server: {
          cpuUs: process.cpuUs,
          rssBytes: process.rssBytes,
          rssBeforeBytes: process.rssBytes,
          loopDelayP99Ms: null,
        },
        tabs: steps,
        browser: browser.version,
      }
    },
  )
}

const sameBody = (body: unknown, { tabs }: { readonly tabs: number }): boolean =>
  (body as { tabs?: unknown } | null)?.tabs === tabs

/** How many of the tabs are as wanted, once all are or `withinMs` have passed. Throws where a subscription ended. */
async function reached(
  tabs: readonly Tab[],
  withinMs: number,
  isSo: (seen: Awaited<ReturnType<typeof seenBy>>) => boolean,
): Promise<number> {
  const untilMs = performance.now() + withinMs
  for (;;) {
    const seen = await Promise.all(tabs.map(seenBy))
    const ended = seen.find(({ closed }) => closed !== undefined)
    if (ended) throw new Error(`a tab's subscription ended: ${ended.closed}`)
    const count = seen.filter(isSo).length
    if (count === tabs.length || performance.now() >= untilMs) return count
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}

const seenBy = (tab: Tab) => tab.call('seen')

/** Share of windows that are waited for in vain, of transports that need connections. */
const WAITED_PER_TAB = 0.5

export const kind = {
  measure: onTransport(measureTabs),
  roundMs: ({ clients, windowMs }, { transports }) =>
    transports * (BROWSER_START_MS + clients * WAITED_PER_TAB * windowMs),
} satisfies KindDriver

// The page of a browser's own limits: how many connections it has to spare, and what it does to a page that is hidden.
import { demoPaths } from '../../../server/demo/wire.ts'
import { paths } from '../../../server/protocol.ts'
import { type ClientEntry, clientTransports, type TransportName } from '../../transports/index.ts'
import { markOf } from '../mark.ts'
import { compareClocks } from '../phone/clock.ts'
import { createClients, named, type Seen } from './clients.ts'
import { publishWhereQuiet } from './publishing.ts'
import { drawSlots } from './slots-figure.ts'
import { drawTrace } from './trace.ts'
import { POLL_MS, type WatchedPart, watchAll, watchedPartOf } from './watch.ts'

const find = <Kind extends HTMLElement = HTMLElement>(id: string): Kind => document.getElementById(id) as Kind
const chooser = find<HTMLSelectElement>('transport')
const baseUrl = location.origin
const labelOf = (transport: string): string => {
  const { glyph, label } = clientTransports[transport as TransportName]
  return `${glyph} ${label}`
}
const secondsText = (ms: number): string => (ms < 995 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)

/** Sooner nobody could tell waiting from connecting. */
const WAITS_MS = 1000

const clients = createClients(baseUrl, show)

function show(): void {
  const tabs = named(clients.tabs())
  // Those of this page first.
  const all = tabs
    .flatMap(({ isHere, where, clients }) =>
      clients.map(seen => ({ isHere, seen, name: `${where}client ${seen.client}` })),
    )
    .sort((a, b) => Number(b.isHere) - Number(a.isHere))
  const nowMs = Date.now()
  const isWaiting = ({ state, sinceMs }: Seen): boolean => state === 'connecting' && nowMs - sinceMs > WAITS_MS
  const open = all.filter(({ seen }) => seen.state === 'open').length
  const waiting = all.filter(({ seen }) => isWaiting(seen)).length
  const text =
    all.length === 0
      ? 'No clients yet.'
      : `${all.length === 1 ? '1 client' : `${all.length} clients`} in this browser: ${open} served${waiting > 0 ? `, ${waiting} ${waiting === 1 ? 'waits' : 'wait'} for a connection` : ''}.`
  if (find('tally').textContent !== text) find('tally').textContent = text
  showQueued()
  drawSlots(find('slots'), find('queue'), tabs, nowMs)
  const items = all.map(({ isHere, seen, name }) => {
    const item = document.createElement('li')
    const { state, seq, sinceMs } = seen
    const words =
      state === 'open'
        ? seq === undefined
          ? 'served, no notice yet'
          : `served, notice ${seq}`
        : isWaiting(seen)
          ? `waits, ${Math.floor((nowMs - sinceMs) / 1000)} s`
          : 'connects'
    item.dataset.state = isWaiting(seen) ? 'waiting' : state
    item.append(
      markOf(seen.transport),
      ` ${clientTransports[seen.transport as TransportName].label}, ${name}${isHere ? '' : ' (another tab)'}: ${words}`,
    )
    return item
  })
  find('clients').replaceChildren(...items)
  const here = tabs.find(({ isHere }) => isHere)!
  const [own] = here.clients
  document.title = own
    ? `${here.where}${own.state === 'open' ? 'served' : 'waits'} · ${labelOf(own.transport)}`
    : 'A browser’s own limits'
}

/** Requests of this page that are over, with how long the browser let each one wait: for a connection, or for its cache. */
let queued: { endedMs: number; waitedMs: number }[] = []
const RECENT_MS = 20_000
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    const { startTime, requestStart, responseEnd } = entry as PerformanceResourceTiming
    // 0 where it never went out.
    if (requestStart > 0) queued.push({ endedMs: responseEnd, waitedMs: requestStart - startTime })
  }
  // Nobody reads the browser's own list, which ends when it is full.
  performance.clearResourceTimings()
}).observe({ type: 'resource' })

function showQueued(): void {
  queued = queued.filter(({ endedMs }) => performance.now() - endedMs < RECENT_MS)
  const longestMs = Math.max(0, ...queued.map(({ waitedMs }) => waitedMs))
  find('queued').textContent =
    queued.length === 0
      ? ''
      : `Of ${queued.length} ${queued.length === 1 ? 'request' : 'requests'} that ended in the last ${RECENT_MS / 1000} s, the longest wait before being sent was ${secondsText(longestMs)}.`
}

const QUESTION = 'the question'

async function askTime(): Promise<void> {
  const out = find('asked')
  const fromMs = performance.now()
  const tick = (): void => {
    const waitedMs = performance.now() - fromMs
    out.textContent = `asked ${secondsText(waitedMs)} ago${waitedMs > WAITS_MS ? ': no connection is free' : ''}`
  }
  const timer = setInterval(tick, 200)
  tick()
  clients.ask(QUESTION, { askedMs: Date.now(), path: paths.time, isAnswered: false, passesCache: true })
  try {
    await fetch(paths.time, { cache: 'no-store', signal: visit.signal })
    out.textContent = `answered after ${secondsText(performance.now() - fromMs)}`
  } catch {
    out.textContent = 'The server does not answer.'
  } finally {
    clearInterval(timer)
    clients.ask(QUESTION, undefined)
  }
}

let stop: AbortController | undefined

async function watch(): Promise<void> {
  if (stop) {
    stop.abort()
    stop = undefined
    find('watch').textContent = 'Start'
    return
  }
  const own = new AbortController()
  stop = own
  find('watch').textContent = 'Stop'
  find('watching').textContent = 'Comparing clocks, which takes a free connection …'
  const clock = await compareClocks(async () => {
    const response = await fetch(paths.time, { cache: 'no-store', signal: own.signal })
    return ((await response.json()) as { nowMs: number }).nowMs
  })
  if (own.signal.aborted) return
  if (!clock) {
    find('watching').textContent = 'The server does not answer.'
    stop = undefined
    find('watch').textContent = 'Start'
    return
  }
  const isHidden = (): boolean => document.visibilityState === 'hidden'
  const watched = await watchAll(baseUrl, clock, isHidden, clients.ask, own.signal)
  const startedMs = performance.timeOrigin + performance.now()
  /** Spans in which the page was hidden; the last one may still last. */
  const hidden: { fromMs: number; toMs: number | undefined }[] = []
  const now = (): number => performance.timeOrigin + performance.now()
  const hiddenMs = (): number => hidden.reduce((sum, { fromMs, toMs = now() }) => sum + toMs - fromMs, 0)
  find('watched').hidden = false
  find('watching').textContent = 'Now look at another tab for ten seconds.'

  function look(): void {
    const forMs = now() - startedMs
    find('spells').replaceChildren(
      ...watched.map(({ transport, marks }) => {
        const row = document.createElement('tr')
        const head = document.createElement('th')
        head.scope = 'row'
        head.textContent = labelOf(transport)
        row.append(head)
        for (const spell of [watchedPartOf(marks, false, forMs - hiddenMs()), watchedPartOf(marks, true, hiddenMs())])
          for (const text of spellTexts(spell)) {
            const cell = document.createElement('td')
            cell.textContent = text
            row.append(cell)
          }
        return row
      }),
    )
    drawTrace(find<HTMLCanvasElement>('trace'), watched, hidden, now())
  }
  const timer = setInterval(look, 500)
  look()
  document.addEventListener(
    'visibilitychange',
    () => {
      if (isHidden()) {
        hidden.push({ fromMs: now(), toMs: undefined })
        return
      }
      const last = hidden.at(-1)
      if (last) last.toMs = now()
      find('watching').textContent = `Hidden for ${secondsText(hiddenMs())}.`
      look()
    },
    { signal: own.signal },
  )
  own.signal.addEventListener('abort', () => clearInterval(timer))
}

const spellTexts = (spell: WatchedPart | undefined): readonly [string, string] =>
  spell
    ? [spell.requestsPerSecond.toFixed(1), spell.delayMs === null ? 'no notice' : secondsText(spell.delayMs)]
    : ['–', '–']

for (const [name, { label, glyph }] of Object.entries(clientTransports))
  chooser.append(new Option(`${glyph} ${label}`, name))
const params = new URLSearchParams(location.search)
const wanted = params.get('with')
const isName = (name: string | null): name is TransportName => name !== null && Object.hasOwn(clientTransports, name)
// A connection that is kept for good is what there are few of.
const [keeps] = Object.entries<ClientEntry>(clientTransports).find(([, { isEndless }]) => isEndless)!
chooser.value = isName(wanted) ? wanted : keeps
const chosen = (): TransportName => chooser.value as TransportName
const passesCache = (): boolean => find<HTMLInputElement>('past-cache').checked
find<HTMLInputElement>('past-cache').checked = params.has('past-cache')
const point = (): void => {
  find<HTMLAnchorElement>('new-tab').href = `${demoPaths.tabs}?with=${chosen()}${passesCache() ? '&past-cache' : ''}`
}
for (const id of ['transport', 'past-cache']) find(id).addEventListener('change', point)
point()
find('add').addEventListener('click', () => clients.add(chosen(), passesCache()))
find('add-seven').addEventListener('click', () => {
  for (let i = 0; i < 7; i++) clients.add(chosen(), passesCache())
})
find('remove').addEventListener('click', () => clients.removeAll())
find('ask').addEventListener('click', () => void askTime())
find('watch').addEventListener('click', () => void watch())
find('watch').title = `Timed polls ask every ${POLL_MS} ms`

/** From the page's being shown to its being left: a browser may keep it in memory and show it again as it was. */
let visit = new AbortController()
function begin(): void {
  visit = new AbortController()
  const isWanted = (): boolean =>
    find<HTMLInputElement>('publish').checked &&
    (stop !== undefined || clients.tabs().some(({ clients }) => clients.length > 0))
  const onRefused = (reason: string): void => {
    find('refused').textContent = `Not from here: ${reason}.`
  }
  publishWhereQuiet(baseUrl, isWanted, onRefused, visit.signal)
}
begin()
addEventListener('pagehide', () => {
  visit.abort()
  if (stop) void watch()
  clients.pause()
})
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return
  clients.resume()
  begin()
})
if (isName(wanted)) clients.add(wanted, params.has('past-cache'))
// Over HTTP/2 one connection carries them all.
const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
find('six').hidden = /^h[23]/.test(navigation?.nextHopProtocol ?? '')
show()

// The page's state: what was chosen, which captures there are, what each control does to them.
import { computed, effect, signal } from '@preact/signals'
import { startTheme, themeChoice } from '../demo/theme.ts'
import { isSite } from '../site.ts'
import { clientTransports } from '../transports/index.ts'
import type { Capture } from './capture.ts'
import { type Entry, type Reading, readingOf } from './reading.ts'
import { loadRecording, recordedJson } from './recorded.ts'
import { partAt } from './rows.ts'
import type { Try } from './tries.ts'
import { defined, hashOf, otherRooms, stateOf, type ThemeChoice, type ViewState } from './view-state.ts'

/** Transports in the order of the page: first the one that begins with a handshake, which is what most come for. */
export const transports: readonly string[] = Object.entries(clientTransports)
  .toSorted(([, a], [, b]) => Number('upstream' in b) - Number('upstream' in a))
  .map(([id]) => id)
export const rooms: readonly string[] = [...transports, ...otherRooms]

/** What was chosen; the address always says the same. */
export const view = signal<ViewState>({})
export const room = computed(() => view.value.room ?? rooms[0]!)
/** What went wrong, in a sentence; it stays until something works. */
export const problem = signal<string | undefined>(undefined)
/** What is said once, politely. */
export const announcement = signal('')
/** Whether a program that captures is behind this page; undefined until it is known. */
export const canCapture = signal<boolean | undefined>(undefined)
/** How far a capture is that is under way, in words. */
export const capturing = signal<string | undefined>(undefined)

/** By where it is from and transport: `live sse`. */
const readings = signal<ReadonlyMap<string, Reading>>(new Map())
const keyOf = (id: string, isLive: boolean): string => `${isLive ? 'live' : 'recorded'} ${id}`

/** Whether anything was read yet: until then the page has no length. */
export const hasAny = computed(() => readings.value.size > 0)

/** The recorded example of a transport; undefined until it is there. */
export const recordedOf = (id: string): Reading | undefined => readings.value.get(keyOf(id, false))
export const liveOf = (id: string): Reading | undefined => readings.value.get(keyOf(id, true))
export const isLive = computed(() => view.value.live === true && liveOf(room.value) !== undefined)
/** What the room shows, where it is one of a transport and there. */
export const reading = computed(() => (isLive.value ? liveOf(room.value) : recordedOf(room.value)))

/** The message that is open; the first one where none was chosen. */
export const entry = computed<Entry | undefined>(() => {
  const all = reading.value?.entries ?? []
  return all[(view.value.message ?? 1) - 1] ?? all[0]
})
/** Where the chosen part of it is; undefined where none is, or a link names one that is not there. */
export const path = computed(() => {
  const { part } = view.value
  return part !== undefined && entry.value && partAt(entry.value.message.parts, part) ? part : undefined
})

/** Changes what was chosen; undefined takes a choice back. */
export function choose(change: Partial<ViewState>): void {
  view.value = defined({ ...view.value, ...change })
}

export const chooseMessage = (number: number): void =>
  choose({ message: number === 1 ? undefined : number, part: undefined })

export const chooseTheme = (choice: ThemeChoice): void => choose({ theme: choice === 'auto' ? undefined : choice })

/** The address of a room; `#` where it is the page's own choice. */
export const addressOf = (name: string, change: Partial<ViewState> = {}): string => {
  const { theme } = view.value
  return hashOf(defined({ theme, room: name === rooms[0] ? undefined : name, ...change })) || '#'
}

/** Brings the page to life. */
export function start(signal: AbortSignal): void {
  const read = (): void => {
    view.value = stateOf(location.hash, rooms)
  }
  read()
  addEventListener('hashchange', read, { signal })
  startTheme(signal)
  effect(() => {
    themeChoice.value = view.value.theme ?? 'auto'
  })
  effect(() => {
    const hash = hashOf(view.value)
    if (hash !== location.hash) history.replaceState(null, '', hash === '' ? location.pathname + location.search : hash)
  })
  effect(() => {
    for (const id of transports.includes(room.value) ? [room.value] : transports) void load(id)
  })
  void askWhetherLive()
}

const wanted = new Set<string>()

const load = (id: string): Promise<void> =>
  fetched(id, async () => put(keyOf(id, false), readingOf(await loadRecording(id))))

/** Fetches a recording once; one that failed is tried again when it is asked for again. */
async function fetched(name: string, fetch: () => Promise<void>): Promise<void> {
  if (wanted.has(name)) return
  wanted.add(name)
  try {
    await fetch()
    problem.value = undefined
  } catch (error) {
    wanted.delete(name)
    problem.value = `The recorded example ${name} cannot be shown. ${(error as Error).message}`
  }
}

function put(key: string, reading: Reading): void {
  readings.value = new Map(readings.value).set(key, reading)
}

async function askWhetherLive(): Promise<void> {
  canCapture.value = !isSite() && (await (await import('./ask.ts')).canCapture())
}

/** Captures a transport here and now, and shows it. */
export async function takeCapture(id: string): Promise<void> {
  capturing.value = 'Capturing …'
  try {
    const { captureLive } = await import('./live.ts')
    const capture = await captureLive(id, {
      onBegin: ({ lastsMs }) => (capturing.value = `Capturing for ${Math.round(lastsMs / 1000)} s …`),
    })
    put(keyOf(id, true), readingOf(capture))
    problem.value = undefined
    choose({ room: id, live: true, message: undefined, part: undefined, key: undefined })
    announcement.value = 'The capture is there.'
  } catch (error) {
    problem.value = `Nothing was captured. ${(error as Error).message}`
  } finally {
    capturing.value = undefined
  }
}

/** The recorded example of TLS. */
export const tls = signal<Capture | undefined>(undefined)

export const loadTls = (): Promise<void> =>
  fetched('tls', async () => {
    tls.value = await loadRecording('tls')
  })

/** Handshakes that were tried: as recorded, and here. */
export const tries = signal<readonly Try[] | undefined>(undefined)
export const tried = signal<ReadonlyMap<string, Try>>(new Map())
export const trying = signal(false)

export const loadTries = (): Promise<void> =>
  fetched('tries', async () => {
    const { triesOf } = await import('./tries.ts')
    tries.value = triesOf(await recordedJson('tries')).tries
  })

/** Has a handshake sent, here and now. */
export async function tryAgain(step: string): Promise<void> {
  trying.value = true
  try {
    const { tryHandshake } = await import('./ask.ts')
    tried.value = new Map(tried.value).set(step, await tryHandshake(step))
    problem.value = undefined
    announcement.value = 'The server has answered.'
  } catch (error) {
    problem.value = `Nothing was tried. ${(error as Error).message}`
  } finally {
    trying.value = false
  }
}

// The page's state: what was chosen, which runs there are, which one is shown; and what each control does to it.
import { computed, effect, signal } from '@preact/signals'
import type { Run } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { fastestOf } from '../../results/summary.ts'
import type { ChartView, Theme } from '../charts/chart.ts'
import { isSite } from '../site.ts'
import type { ColumnKey } from './columns.ts'
import {
  embeddedRun,
  type JudgedClaim,
  type Listed,
  listClaims,
  listRuns,
  loadRun,
  type RunList,
  readRun,
} from './sources.ts'
import {
  type ClaimsOf,
  defined,
  hashOf,
  type RoomName,
  roomOf,
  stateOf,
  type ThemeChoice,
  type ViewState,
} from './view-state.ts'

/** How often a visible page looks for new runs. */
const POLL_MS = 3000

/** What was chosen; the address always says the same. */
export const view = signal<ViewState>({})
export const list = signal<RunList>({ runs: [], unreadable: [] })
/** True on a page that has no server behind it. */
export const isReport = signal(false)
/** What went wrong, in a sentence; it stays until something works. */
export const problem = signal<string | undefined>(undefined)
/** What is said once, politely. */
export const announcement = signal('')
/** A run that finished while an older one is looked at. */
export const fresh = signal<Listed | undefined>(undefined)

/** Runs by key: loaded, embedded or dropped. */
const runs = signal<ReadonlyMap<string, Run>>(new Map())
/** Keys of runs that are needed besides the one that is shown. */
const besides = signal<readonly string[]>([])
/** Keys of runs that came from a file or with the report: no server has them. */
export const localKeys = signal<readonly string[]>([])

const isFinished = ({ status }: Listed): boolean => status !== 'running'
/** One without a whole round has nothing to open with. */
const newest = computed(
  () => list.value.runs.find(each => isFinished(each) && each.roundsDone > 0) ?? list.value.runs[0],
)

/** Key of the run that is shown. */
export const runKey = computed(() => view.value.run ?? (isReport.value ? localKeys.value[0] : newest.value?.id))
export const run = computed<Run | undefined>(() => runs.value.get(runKey.value ?? ''))
/** What the list says of it; undefined for a run that came from a file. */
export const listed = computed<Listed | undefined>(() => list.value.runs.find(({ id }) => id === runKey.value))
export const room = computed<RoomName>(() => roomOf(view.value))
export const compared = computed<Run | undefined>(() => runs.value.get(view.value.compare ?? ''))

export const loads = computed<readonly Scenario[]>(
  () => run.value?.scenarios.filter(({ kind }) => kind === 'delivery') ?? [],
)
export const scenario = computed<Scenario | undefined>(
  () => loads.value.find(({ id }) => id === view.value.scenario) ?? loads.value[0],
)
/** Transports shown, in the run's order; a link that names none of this run's shows all. */
export const shown = computed<readonly string[]>(() => {
  const all = run.value?.transports ?? []
  const chosen = all.filter(id => view.value.show?.includes(id) ?? true)
  return chosen.length > 0 ? chosen : all
})
/** The claims of all runs; undefined until they were asked for and came. */
const ofAllRuns = signal<readonly JudgedClaim[] | undefined>(undefined)
/** The claims of the run that is shown. */
const ofRun = computed<readonly JudgedClaim[]>(() => {
  const { id, startedAt, claims = [] } = run.value ?? { id: '', startedAt: '' }
  return claims.map(claim => ({ run: runKey.value ?? id, startedAt, isSample: listed.value?.isSample, claim }))
})
/** Whose claims are listed: those of the run, or of all where it has none; what came without a server has its own. */
export const claimsOf = computed<ClaimsOf>(() => {
  if (isReport.value) return 'run'
  return view.value.of ?? (ofRun.value.length > 0 ? 'run' : 'all')
})
export const claims = computed<readonly JudgedClaim[] | undefined>(() => {
  // Whether the run has claims of its own is known once it is there.
  // Whether the run has claims of its own is known once it is there.
  if (run.value === undefined && problem.value === undefined && view.value.of === undefined) return undefined
  return claimsOf.value === 'run' ? ofRun.value : ofAllRuns.value?.toSorted((a, b) => rankOf(a) - rankOf(b))
})
/** Of many, what is asked first goes first, and what could not be told last. */
const rankOf = ({ claim: { digest, verdict } }: JudgedClaim): number =>
  digest ?? (verdict === 'inconclusive' ? Number.MAX_VALUE : Number.MAX_SAFE_INTEGER)
/** What the overview sums up: the claims of all runs, where there is a server that has some. */
export const digest = computed<readonly JudgedClaim[]>(() => {
  const ordered = (ofRun.value.length > 0 ? ofRun.value : (ofAllRuns.value ?? [])).filter(
    ({ claim }) => claim.digest !== undefined,
  )
  return ordered.toSorted((a, b) => a.claim.digest! - b.claim.digest!)
})
export const baseline = computed<string | undefined>(() => {
  const { baseline: chosen } = view.value
  if (chosen !== undefined && run.value?.transports.includes(chosen)) return chosen
  return run.value && scenario.value ? fastestOf(run.value, scenario.value.id) : undefined
})

const prefersDark = signal(false)
export const theme = computed<Theme>(() => view.value.theme ?? (prefersDark.value ? 'dark' : 'light'))

/** Changes what was chosen; undefined takes a choice back. */
export function choose(change: Partial<ViewState>): void {
  view.value = defined({ ...view.value, ...change })
}

/** The address of a room, with `change` and what else was chosen; `#` where nothing was. */
export const addressOf = (name: RoomName, change: Partial<ViewState> = {}): string => {
  // What was opened in one room is not carried into the next.
  const { claim: _, ...kept } = view.value
  return hashOf(defined({ ...kept, ...change, room: name })) || '#'
}

/** What a chart is asked to draw of a run under a load. */
export const viewOf = (of: Run, load: Scenario): ChartView => ({
  run: of,
  scenario: load,
  shown: of === run.value ? shown.value : of.transports,
  theme: theme.value,
})

/** A run besides the one that is shown; undefined until it is there. */
export function runOf(key: string): Run | undefined {
  const found = runs.value.get(key)
  if (!found && !besides.peek().includes(key)) besides.value = [...besides.peek(), key]
  return found
}

/** Another run: what was chosen for the one before may not exist in it. */
export function chooseRun(key: string): void {
  const { theme, compare, sort, order, statistic } = view.value
  const kept = { run: key, theme, sort, order, statistic, compare: compare === key ? undefined : compare }
  view.value = defined({ ...kept, room: room.value })
  if (fresh.value?.id === key) fresh.value = undefined
}

export const chooseTheme = (choice: ThemeChoice): void => choose({ theme: choice === 'auto' ? undefined : choice })

/** Sorts by a column; again: the other way; a third time: as the run has it. */
export function sortBy(key: ColumnKey): void {
  const { sort, order } = view.value
  if (sort !== key) choose({ sort: key, order: undefined })
  else if (order === undefined) choose({ order: 'descending' })
  else choose({ sort: undefined, order: undefined })
}

/** Shows or hides a transport. The last one stays: an empty page says nothing. */
export function toggle(id: string): void {
  const all = run.value?.transports ?? []
  const next = all.filter(each => (each === id ? !shown.value.includes(id) : shown.value.includes(each)))
  if (next.length > 0) choose({ show: next.length === all.length ? undefined : next })
}

/** Shows a run from a file. A bad one changes nothing but the message. */
export async function openFile(file: File): Promise<void> {
  try {
    addLocal(await readRun(file))
    problem.value = undefined
  } catch (error) {
    problem.value = (error as Error).message
  }
}

function addLocal(opened: Run): void {
  // A served run of the same name stays what it is.
  let key = opened.id
  while (list.value.runs.some(({ id }) => id === key)) key = `${key}-file`
  runs.value = new Map(runs.value).set(key, opened)
  localKeys.value = [...new Set([...localKeys.value, key])]
  chooseRun(key)
  announcement.value = `Showing ${opened.name ?? opened.id} from a file.`
}

/** Brings the page to life, once what it carries is read; the function it gives lets go of everything. */
export async function start(): Promise<() => void> {
  const stop = new AbortController()
  const { signal: stopped } = stop
  view.value = stateOf(location.hash)
  addEventListener('hashchange', () => (view.value = stateOf(location.hash)), { signal: stopped })
  const dark = matchMedia('(prefers-color-scheme: dark)')
  prefersDark.value = dark.matches
  dark.addEventListener('change', () => (prefersDark.value = dark.matches), { signal: stopped })

  const disposers: (() => void)[] = [
    effect(() => {
      const hash = hashOf(view.value)
      if (hash !== location.hash)
        history.replaceState(null, '', hash === '' ? location.pathname + location.search : hash)
    }),
    effect(() => {
      document.documentElement.dataset.theme = theme.value
    }),
  ]
  try {
    const embedded = await embeddedRun()
    if (embedded) {
      isReport.value = true
      runs.value = new Map([[embedded.id, embedded]])
      localKeys.value = [embedded.id]
    }
  } catch (error) {
    problem.value = (error as Error).message
  }
  if (!isReport.value) disposers.push(followServer(stopped))
  return () => {
    stop.abort()
    for (const dispose of disposers) dispose()
  }
}

/** Keeps the list up to date, loads what is chosen, and tells of what finished meanwhile. */
function followServer(stopped: AbortSignal): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isFirst = true
  const wanted = new Set<string>()

  async function refresh(): Promise<void> {
    clearTimeout(timer)
    if (document.visibilityState === 'visible')
      try {
        const before = list.value.runs
        const next = await listRuns(stopped)
        if (JSON.stringify(next) !== JSON.stringify(list.value)) {
          list.value = next
          ofAllRuns.value = await listClaims(stopped)
        }
        if (!isFirst) tellOf(before, next.runs)
        isFirst = false
        if (next.runs.length === 0) problem.value = 'There is no run yet. Measure one: npm run bench'
      } catch (error) {
        if (!stopped.aborted && isFirst) problem.value = `The list of runs cannot be read: ${(error as Error).message}`
      }
    if (!stopped.aborted && !isSite()) timer = setTimeout(refresh, POLL_MS)
  }

  function tellOf(before: readonly Listed[], now: readonly Listed[]): void {
    const finished = now.find(each => isFinished(each) && !before.some(old => old.id === each.id && isFinished(old)))
    if (!finished) return
    // Its file was read while it was unfinished.
    const rest = new Map(runs.value)
    rest.delete(finished.id)
    runs.value = rest
    if (view.value.run === undefined)
      announcement.value = `A run has finished and is shown now: ${finished.name ?? finished.id}.`
    else if (view.value.run !== finished.id) fresh.value = finished
  }

  async function load(key: string): Promise<void> {
    if (wanted.has(key)) return
    wanted.add(key)
    try {
      const loaded = await loadRun(key, stopped)
      runs.value = new Map(runs.value).set(key, loaded)
      problem.value = undefined
    } catch (error) {
      if (!stopped.aborted) problem.value = `Run ${key} cannot be shown. ${(error as Error).message}`
    } finally {
      wanted.delete(key)
    }
  }

  const dispose = effect(() => {
    const known = runs.value
    for (const key of [runKey.value, view.value.compare, ...besides.value])
      if (key !== undefined && !known.has(key)) {
        if (list.value.runs.some(({ id }) => id === key)) void load(key)
        else if (list.value.runs.length > 0)
          problem.value = `There is no run ${key} here. If you have its run.json, open the file.`
      }
  })
  const onVisible = () => {
    if (document.visibilityState === 'visible') void refresh()
  }
  document.addEventListener('visibilitychange', onVisible, { signal: stopped })
  void refresh()
  return () => {
    clearTimeout(timer)
    dispose()
  }
}

// How far a run is, on stderr: redrawn in place on a terminal, at most twice a second so that drawing does not disturb the
// measurement; elsewhere one line for each finished cell.
import { entryOf } from '../../client/transports/index.ts'
import type { Cell } from '../../results/cell.ts'
import { namesOfLoads } from '../../results/conditions.ts'
import { counted, formatCount, formatMs, formatShare } from '../../results/figures.ts'
import type { Run } from '../../results/format.ts'
import { kinds } from '../../results/kinds/index.ts'
import type { ResultKind } from '../../results/kinds/kind.ts'
import type { Scenario } from '../../results/scenario.ts'
import { comparisonOf } from '../../results/tables.ts'
import type { Options } from '../cli/options.ts'
import { columnsOf, cut, type Ink, inkOf, isColorAllowed, pad } from '../cli/terminal.ts'
import { cellMsOf, durationMs, isAfterwards, type Plan } from '../experiments/experiment.ts'
import { driverOf } from '../kinds/index.ts'
import { tableText } from './print.ts'

export interface Progress {
  /** `round` counts from 0. */
  roundStarted(round: number): void
  /** `transport` null: the publishing alone, or the idle part of all. */
  cellStarted(scenario: string, transport: string | null): void
  /** Where the cell that was started last stands. */
  cellLive(live: Live): void
  cellFinished(cell: Cell): void
  /** These were measured, and are measured again at once: one, or one for each transport side by side. */
  cellsRepeated(cells: readonly Cell[]): void
  /** What the run comes to with the rounds that are done. */
  roundFinished(run: Run): void
  /** Says `text` without spoiling the drawing. */
  note(text: string): void
  /** Takes the drawing away and gives the cursor back. Safe to call again. */
  done(): void
}

export interface Live {
  readonly delivered: number
  readonly p50Ms: number | null
}

/** The part of a tty.WriteStream that is needed. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

const REDRAW_MS = 500
/** Of a terminal that does not tell. */
const FEWEST_ROWS = 24
const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'

/** The progress of `plan` on `stream`; silent with --quiet. */
export function createProgress(
  options: Pick<Options, 'quiet' | 'color'>,
  plan: Plan,
  stream: ProgressStream = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): Progress {
  if (options.quiet) return silent
  if (!stream.isTTY || env.TERM === 'dumb') return lines(plan, stream)
  return drawing(plan, stream, inkOf(isColorAllowed({ color: options.color, isTTY: true, env })))
}

const nothing = () => {}
const silent: Progress = {
  roundStarted: nothing,
  cellStarted: nothing,
  cellLive: nothing,
  cellFinished: nothing,
  cellsRepeated: nothing,
  roundFinished: nothing,
  note: nothing,
  done: nothing,
}

/** Of the delivery, as the table has it; live, only the time from when it was meant to be published is known. */
const p50Of = ({ delivery }: Cell): number | null => (delivery?.p50Us == null ? null : delivery.p50Us / 1000)

const figures = (p50Ms: number | null, delivered: number, lost: number): string =>
  `p50 ${pad(p50Ms === null ? '–' : formatMs(p50Ms), 7, 'right')}  ${pad(formatCount(delivered), 9, 'right')} delivered  ${formatCount(lost)} lost`

/** How many rounds there are, as far as that is known. */
const most = ({ rounds, precision }: Plan): string =>
  precision
    ? `as many as ${precision.share === undefined ? 'its claims take' : `±${formatShare(precision.share)} takes`}`
    : String(rounds)

/** What is measured after the rounds; undefined where it is not. */
function afterwardsOf(plan: Plan, scenario: string): string | undefined {
  const kind = plan.scenarios.find(({ id }) => id === scenario)?.kind
  if (kind === undefined || !isAfterwards(kind)) return undefined
  return kind === 'idle' || kind === 'cost' ? `${kind} part` : kind
}

/** Whether all transports of a scenario are measured side by side. */
const isTogether = ({ scenarios }: Plan, scenario: string): boolean =>
  scenarios.some(({ id, kind }) => id === scenario && 'measureTogether' in driverOf(kind))

const partOf = (plan: Plan, { scenario, round }: Cell): string =>
  afterwardsOf(plan, scenario) ?? `round ${round + 1}${plan.precision ? '' : `/${plan.rounds}`}`

const nameWidth = ({ transports }: Plan): number =>
  Math.max('publishing alone'.length, ...transports.map(name => name.length))

/** The names of a plan's loads; undefined where it has but one besides the parts that come after the rounds. */
function namesIn({ scenarios }: Plan): (id: string) => string | undefined {
  if (scenarios.filter(({ kind }) => kind !== 'idle' && kind !== 'cost').length < 2) return () => undefined
  const names = namesOfLoads(scenarios)
  return id => names[scenarios.findIndex(scenario => scenario.id === id)]
}

/** One line for each finished cell; where there are several loads, their names above theirs. */
function lines(plan: Plan, stream: ProgressStream): Progress {
  const nameOf = namesIn(plan)
  let load: string | undefined
  return {
    ...silent,
    cellStarted(scenario) {
      if (scenario === load) return
      load = scenario
      const name = nameOf(scenario)
      if (name !== undefined) stream.write(`${name}\n`)
    },
    cellFinished(cell) {
      const scenario = plan.scenarios.find(({ id }) => id === cell.scenario)
      const part = partOf(plan, cell)
      const name = pad(cell.transport ?? 'publishing alone', nameWidth(plan), 'left')
      const spoilt = cell.status === 'ok' ? '' : `  ${cell.status}: ${cell.reasons.join('; ')}`
      stream.write(`${part}  ${name}  ${outcomeOf(cell, scenario)}${spoilt}\n`)
    },
    cellsRepeated([cell, ...others]) {
      if (!cell) return
      const name = pad(others.length > 0 ? 'all' : (cell.transport ?? 'publishing alone'), nameWidth(plan), 'left')
      stream.write(`${partOf(plan, cell)}  ${name}  measured again: ${cell.reasons.at(-1)}\n`)
    },
    note: text => void stream.write(`${text}\n`),
  }
}

/** What a cell came to, in the terms of its kind. */
function outcomeOf(cell: Cell, scenario: Scenario | undefined): string {
  const { outcome } = scenario ? (kinds[scenario.kind] as ResultKind) : {}
  const told = (outcome as ((cell: Cell, scenario: Scenario) => string | undefined) | undefined)?.(cell, scenario!)
  if (told !== undefined) return told
  if (cell.transport === null) return `${formatCount(cell.published)} published`
  return figures(p50Of(cell), cell.delivered, cell.lost)
}

interface Lane {
  p50Ms: number | null
  /** Over finished cells. */
  delivered: number
  lost: number
  voided: number
  live: Live | undefined
}

/** A block of lines that is redrawn in place: the round and the time left, then a lane for each transport. */
function drawing(plan: Plan, stream: ProgressStream, ink: Ink): Progress {
  const startedAt = performance.now()
  const lanes = new Map(
    plan.transports.map(name => [name, { p50Ms: null, delivered: 0, lost: 0, voided: 0, live: undefined } as Lane]),
  )
  const nameOf = namesIn(plan)
  let round = 0
  let repeatsMs = 0
  let current: { scenario: string; transport: string | null } | undefined
  let drawn = 0
  let shown = ''
  let ended = false
  let table: string[] = []

  const headline = (): string => {
    const leftMs = durationMs(plan) + repeatsMs - (performance.now() - startedAt)
    const isDeciding = plan.precision !== undefined && plan.precision.share === undefined
    const left =
      leftMs > 1000 ? `about ${durationText(leftMs)} left` : isDeciding ? 'until its claims are decided' : 'nearly done'
    const after = current && afterwardsOf(plan, current.scenario)
    const at = !current
      ? 'starting'
      : after
        ? `${after} · ${current.transport ?? (isTogether(plan, current.scenario) ? 'all transports' : 'publishing alone')}`
        : `round ${round + 1} of ${most(plan)} · ${current.transport ?? 'publishing alone'}`
    const name = current && nameOf(current.scenario)
    return [at, left, ...(name === undefined ? [] : [name])].join(' · ')
  }
  const laneText = (name: string, lane: Lane): string => {
    const glyph = entryOf(name)?.glyph ?? '·'
    const active = current?.transport === name ? '›' : ' '
    const p50Ms = lane.live?.p50Ms ?? lane.p50Ms
    const text = `${active} ${glyph} ${pad(name, nameWidth(plan), 'left')}  ${figures(p50Ms, lane.delivered + (lane.live?.delivered ?? 0), lane.lost)}`
    return lane.voided > 0 ? `${text}  ${lane.voided} void` : text
  }

  function draw(): void {
    // Text is cut before it is coloured: a line that wraps would break the count of lines to go back.
    const width = Math.max(20, columnsOf(stream) - 1)
    const rows = [ink.bold(cut(headline(), width))]
    for (const [name, lane] of lanes) {
      const look = entryOf(name)
      const text = cut(laneText(name, lane), width)
      rows.push(look ? text.replace(look.glyph, ink.hue(look.glyph, look.light)) : text)
    }
    // What does not fit would scroll, and break the count as well.
    if (rows.length + table.length < (stream.rows ?? FEWEST_ROWS)) rows.push(...table.map(row => cut(row, width)))
    const text = rows.map(row => `${row}\x1b[K\n`).join('')
    if (text === shown && drawn > 0) return
    stream.write(back() + text)
    drawn = rows.length
    shown = text
  }
  const back = (): string => (drawn > 0 ? `\x1b[${drawn}F` : '')
  const erase = (): void => {
    if (drawn > 0) stream.write(`${back()}\x1b[J`)
    drawn = 0
  }

  const timer = setInterval(draw, REDRAW_MS)
  timer.unref()
  const restore = () => stream.write(showCursor)
  process.on('exit', restore)
  stream.write(hideCursor)
  draw()

  return {
    roundStarted: started => {
      round = started
    },
    cellStarted: (scenario, transport) => {
      current = { scenario, transport }
    },
    cellLive: live => {
      const lane = current?.transport == null ? undefined : lanes.get(current.transport)
      if (lane) lane.live = live
    },
    cellFinished: cell => {
      const lane = cell.transport === null ? undefined : lanes.get(cell.transport)
      if (!lane || afterwardsOf(plan, cell.scenario) !== undefined) return
      lane.live = undefined
      lane.p50Ms = p50Of(cell) ?? lane.p50Ms
      lane.delivered += cell.delivered
      lane.lost += cell.lost
      if (cell.status !== 'ok') lane.voided++
    },
    cellsRepeated: ([cell]) => {
      const scenario = plan.scenarios.find(({ id }) => id === cell?.scenario)
      if (scenario) repeatsMs += cellMsOf(scenario)
      const lane = cell?.transport == null ? undefined : lanes.get(cell.transport)
      if (lane) lane.live = undefined
    },
    roundFinished: run => {
      const [load, ...others] = plan.scenarios.filter(({ kind }) => kind === 'delivery')
      if (!load || others.length > 0) return
      const comparison = comparisonOf(run, load.id)
      table = [
        '',
        ...tableText(comparison, Math.max(20, columnsOf(stream) - 1), inkOf(false)).split('\n'),
        ...soFar(run),
      ]
    },
    note: text => {
      erase()
      stream.write(`${text}\n`)
      if (!ended) draw()
    },
    done: () => {
      if (ended) return
      ended = true
      clearInterval(timer)
      erase()
      process.removeListener('exit', restore)
      restore()
    },
  }
}

/** What the table rests on. */
const soFar = ({ roundsDone }: Run): string[] => [
  `after ${counted(roundsDone, 'round')}; what follows refines it${roundsDone === 1 ? ', and tells how far it can be trusted' : ''}`,
]

/** `45 s`, `2 min 5 s`. */
function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

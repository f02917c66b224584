// Warnings of a run: what makes its numbers unusable or needs saying beside them, each with its remedy.
import type { Cell } from '../../results/cell.ts'
import { namesOfLoads } from '../../results/conditions.ts'
import { counted, listed } from '../../results/figures.ts'
import type { Run, Warning } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { isDisturbed, ownReasonsOf } from '../cell/attempts.ts'
import { bounds } from '../cell/validity.ts'
import { mergeDistributions } from '../histogram.ts'

type Warned = Pick<
  Run,
  'cells' | 'attempts' | 'transports' | 'roundsPlanned' | 'roundsDone' | 'fingerprint' | 'scenarios'
>

/** What is to be said of `run`, one warning for each cause; one of severity `error` makes the exit code 1. */
export function warningsOf(run: Warned): Warning[] {
  const warnings: Warning[] = []
  const { attempts = [] } = run
  const places = placesIn(run)

  for (const transport of run.transports) {
    const cells = [...run.cells, ...attempts].filter(cell => cell.transport === transport)
    const sum = (key: 'lost' | 'duplicated' | 'outOfOrder' | 'expected'): number =>
      cells.reduce((total, cell) => total + cell[key], 0)
    for (const [key, word] of [
      ['lost', 'lost'],
      ['duplicated', 'delivered twice'],
      ['outOfOrder', 'out of order'],
    ] as const)
      if (sum(key) > 0)
        warnings.push({
          code: key,
          severity: 'error',
          message: `${transport}: ${sum(key)} of ${sum('expected')} expected notices were ${word}`,
          remedy: 'fewer --clients or a lower --rate show whether the load or the transport is at fault',
        })
  }
  const holed = run.cells.filter(({ status, gaps, lost }) => status === 'ok' && gaps > 0 && lost === 0)
  if (holed.length > 0)
    warnings.push({
      code: 'gaps',
      severity: 'error',
      message: `${places(holed)}: holes in the stream before the window: ${holed.reduce((sum, { gaps }) => sum + gaps, 0)}`,
    })
  warnings.push(...busyMachine(run, places), ...spoiltCells(run, places), ...failedStarts(attempts, places))
  const lag = mergeDistributions(run.cells.map(cell => cell.publisherLag))
  const lagUs = lag.quantile(0.99)
  if (lag.count + lag.infinite > 0 && (lagUs === null || lagUs >= bounds.publisherLagP99Us))
    warnings.push({
      code: 'late-publisher',
      severity: 'error',
      message: `the publisher's lag p99 over the run was ${lagUs === null ? 'infinite' : `${(lagUs / 1000).toFixed(2)} ms`}, the bound is ${bounds.publisherLagP99Us / 1000} ms`,
      remedy: 'a lower --rate, and nothing else running on this machine',
    })
  const names = nameIn(run)
  for (const scenario of run.scenarios) {
    const count = latenciesOf(scenario)
    // Only a cell of pollers at fixed times has phases.
    if (count === undefined || !run.cells.some(cell => cell.scenario === scenario.id && cell.pollPhases)) continue
    const name = names(scenario.id)
    warnings.push({
      code: 'commensurate',
      severity: 'warning',
      message: `${name === undefined ? '' : `${name}: `}a notice every ${periodText(scenario)} ms and a poll every ${scenario.pollIntervalMs} ms give each poller only ${count === 1 ? 'one latency' : `${count} different latencies`}: n is the pollers', not the notices'`,
      remedy: '--schedule poisson, or a --rate whose period is no simple part of --poll',
    })
  }
  if (run.roundsDone > 0 && run.roundsDone < run.roundsPlanned)
    warnings.push({
      code: 'partial',
      severity: 'warning',
      message: `${run.roundsDone} of ${run.roundsPlanned} rounds were measured`,
    })
  if (run.roundsDone === 1)
    warnings.push({
      code: 'one-round',
      severity: 'note',
      message: 'one round gives no intervals: nothing here tells a difference from chance',
      remedy: 'npm run bench measures four rounds in about three minutes',
    })
  if (run.fingerprint.cores < 4)
    warnings.push({
      code: 'few-cores',
      severity: 'note',
      message: `server, subscribers and publisher share ${run.fingerprint.cores} cores: latencies include waiting for a core`,
    })
  return warnings
}

/** The name of a load; undefined where the run has only one. */
function nameIn({ scenarios }: Warned): (id: string) => string | undefined {
  if (scenarios.filter(({ kind }) => kind === 'delivery').length === 1) return () => undefined
  const names = namesOfLoads(scenarios)
  return id => names[scenarios.findIndex(scenario => scenario.id === id)]
}

/** More cells than that are only counted. */
const MOST_PLACES = 6

/** Names cells: `sse, rounds 1 and 3; websocket with 100 subscribers · 10/s, round 2`. */
function placesIn(run: Warned): (cells: readonly Cell[]) => string {
  const nameOf = nameIn(run)
  return cells => {
    const rounds = new Map<string, Set<number>>()
    for (const { transport, scenario, round } of cells) {
      const name = nameOf(scenario)
      const where = `${transport ?? 'publishing alone'}${name === undefined ? '' : ` with ${name}`}`
      rounds.set(where, (rounds.get(where) ?? new Set()).add(round + 1))
    }
    const named = [...rounds].map(
      ([where, each]) => `${where}, ${each.size === 1 ? 'round' : 'rounds'} ${listed([...each].map(String))}`,
    )
    const more = named.length - MOST_PLACES
    return more > 1 ? `${named.slice(0, MOST_PLACES).join('; ')}; and ${more} more` : named.join('; ')
  }
}

/** One warning for a busy machine: who had the cores, and what became of the cells. */
function busyMachine({ cells, attempts = [] }: Warned, places: ReturnType<typeof placesIn>): Warning[] {
  const [spoilt, repeated] = [cells.filter(isDisturbed), attempts.filter(isDisturbed)]
  if (spoilt.length + repeated.length === 0) return []
  const parts = [
    programsOf([...repeated, ...spoilt]),
    ...(repeated.length > 0 ? [`${counted(repeated.length, 'attempt')} at cells had to be repeated`] : []),
    ...(spoilt.length > 0 ? [`${places(spoilt)} ${spoilt.length === 1 ? 'is' : 'are'} void`] : []),
  ]
  return [
    {
      code: 'busy-machine',
      severity: spoilt.length > 0 ? 'error' : 'note',
      message: `busy machine: ${parts.join('; ')}`,
      ...(spoilt.length > 0 && { remedy: 'end these programs, or run it again when they are done' }),
    },
  ]
}

/** Who had the cores while these cells were measured: `other programs had up to 60 % of the cores: node (pid 4711) 48 %, make (pid 77) 12 %`. */
export function programsOf(cells: readonly Pick<Cell, 'others'>[]): string {
  const percent = (share: number): string => `${Math.max(1, Math.round(share * 100))} %`
  const most = Math.max(...cells.map(({ others }) => others?.share ?? 0))
  const shares = new Map<string, number>()
  for (const { others } of cells)
    for (const { name, pid, share } of others?.processes ?? []) {
      const who = `${name} (pid ${pid})`
      shares.set(who, Math.max(share, shares.get(who) ?? 0))
    }
  const named = [...shares].sort(([, a], [, b]) => b - a).slice(0, MOST_PROGRAMS)
  return `other programs had ${cells.length > 1 ? 'up to ' : ''}${percent(most)} of the cores: ${named.map(([who, share]) => `${who} ${percent(share)}`).join(', ')}`
}

const MOST_PROGRAMS = 4

/** One warning for what did not start and was tried again. */
function failedStarts(attempts: readonly Cell[], places: ReturnType<typeof placesIn>): Warning[] {
  const failed = attempts.filter(({ status, others }) => status === 'failed' && others === undefined)
  if (failed.length === 0) return []
  return [
    {
      code: 'failed-start',
      severity: 'note',
      message: `${places(failed)}: ${counted(failed.length, 'attempt')} had to be repeated: ${failed[0]!.reasons[0]}`,
    },
  ]
}

/** One warning for all that is void or failed for one cause: what its reason begins with, whatever its figures. */
function spoiltCells({ cells }: Warned, places: ReturnType<typeof placesIn>): Warning[] {
  const causes = new Map<string, { reasons: [string, ...string[]]; cells: [Cell, ...Cell[]] }>()
  for (const cell of cells)
    for (const reason of ownReasonsOf(cell)) {
      const key = `${cell.status} ${reason.split(':')[0]!.replace(/[\d.]+/g, '#')}`
      const cause = causes.get(key)
      if (!cause) causes.set(key, { reasons: [reason], cells: [cell] })
      else {
        cause.reasons.push(reason)
        cause.cells.push(cell)
      }
    }
  return [...causes.values()].map(({ reasons: [reason, ...more], cells: spoilt }) => {
    const [{ status }, ...others] = spoilt
    const became = [
      ['is void', 'are void'],
      ['was not measured', 'were not measured'],
    ][status === 'failed' ? 1 : 0]!
    return {
      code: status,
      severity: 'error',
      // What happened comes first: the places of many cells are a paragraph.
      message:
        others.length > 0
          ? `${spoilt.length} of ${cells.length} cells ${became[1]}: ${reason}${more.some(each => each !== reason) ? ', and the like' : ''} (${places(spoilt)})`
          : `${places(spoilt)} ${became[0]}: ${reason}`,
      // That subscribers could not connect is a finding, not a disturbance.
      ...(status !== 'failed' && {
        remedy: reason.startsWith('saturated client')
          ? 'fewer --clients or a lower --rate, and nothing else running on this machine'
          : 'run it again with nothing else running on this machine',
      }),
    }
  })
}

const periodText = ({ ratePerSecond }: Scenario): string => String(Number((1000 / ratePerSecond).toPrecision(6)))

/** More different latencies than this sample the interval well enough. */
const FEW_LATENCIES = 10

/**
 * How many different latencies a fixed-rate poller sees in a window under a periodic schedule (bench/README.md, rule 3): b where P/T = a/b, or so close to it
 * that the phases drift less than a tenth of their distance within the window. Undefined where there are more than a few, and for other schedules.
 */
export function latenciesOf({ schedule, ratePerSecond, pollIntervalMs, windowMs }: Scenario): number | undefined {
  if (schedule !== 'periodic' || ratePerSecond <= 0 || pollIntervalMs <= 0) return undefined
  const periodMs = 1000 / ratePerSecond
  const notices = windowMs / periodMs
  for (let b = 1; b <= FEW_LATENCIES; b++) {
    const turns = (b * periodMs) / pollIntervalMs
    // Every b notices the phase moves by what is left of whole turns; over the window that is to be a tenth of 1/b.
    if (Math.round(turns) >= 1 && notices * Math.abs(turns - Math.round(turns)) < 0.1) return b
  }
  return undefined
}

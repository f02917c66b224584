// The engine: runs a plan round by round in rotating order, and hands over the run after each round, so that a crash loses at most one.
import type { Cell } from '../results/cell.ts'
import { openText } from '../results/decisions.ts'
import type { Fingerprint, Run } from '../results/format.ts'
import { FORMAT, VERSION } from '../results/format.ts'
import { MIN_CPU_US } from '../results/kinds/kind.ts'
import { impreciseOf } from '../results/precision.ts'
import type { Scenario } from '../results/scenario.ts'
import { summarise } from '../results/summary.ts'
import { verdictOf } from '../results/verdict.ts'
import { attemptsAt, isDisturbed, MAX_REPEATS } from './cell/attempts.ts'
import { blankCell } from './cell/blank-cell.ts'
import { judgeClaim } from './claims.ts'
import { isExitError } from './cli/exit.ts'
import type { Options } from './cli/options.ts'
import { type Deciding, decide } from './deciding.ts'
import {
  type ClaimTest,
  cellMsOf,
  cellsOf,
  durationMs,
  isAfterwards,
  type Plan,
  roundsOf,
} from './experiments/experiment.ts'
import { pointsOverRounds } from './histogram.ts'
import { driverOf } from './kinds/index.ts'
import type { KindDriver, RoundOrder } from './kinds/kind.ts'
import { startPublisher } from './load/publisher-process.ts'
import { readProfile } from './profiles/profile.ts'
import type { Progress } from './report/progress.ts'
import { programsOf, warningsOf } from './report/warnings.ts'
import { sensitivityOf } from './sensitivity.ts'

export interface EngineOrder {
  readonly id: string
  readonly options: Options
  readonly plan: Plan
  readonly fingerprint: Fingerprint
  readonly progress: Progress
  readonly claims: readonly ClaimTest[]
  /** Abort stops the run; whole rounds are kept. */
  readonly signal: AbortSignal
  /** Keeps a configuration with the run. */
  readonly keep: (name: string, text: string) => Promise<void>
  /** Called with the run so far after every round, and once at the end. */
  readonly onRound: (run: Run) => Promise<void>
}

export interface Outcome {
  readonly run: Run
  /** What ended it early: an abort's reason or the server's death. */
  readonly error?: unknown
}

/** Runs the plan. Never rejects for what happens to the measured system: that is in the outcome. */
export async function runPlan(order: EngineOrder): Promise<Outcome> {
  const { options, plan, signal, progress } = order
  const startedAt = new Date().toISOString()
  const { publisher, isFirst } = await startPublisher()
  const fingerprint = { ...order.fingerprint, isPublisherFirst: isFirst }
  const cells: Cell[] = []
  const attempts: Cell[] = []
  let roundsDone = 0
  const tookMs = new Map<Cell, number>()
  let decided: Deciding['known'] | undefined
  const runNow = (status: Run['status']): Run => {
    const known = {
      cells: [...cells],
      ...(attempts.length > 0 && { attempts: [...attempts] }),
      scenarios: [...plan.scenarios],
      transports: [...plan.transports],
      ...(plan.precision && { precision: { ...plan.precision, ...(decided && { claims: decided }) } }),
    }
    const run: Run = {
      format: FORMAT,
      version: VERSION,
      id: order.id,
      ...(options.name !== undefined && { name: options.name }),
      status,
      startedAt,
      endedAt: status === 'running' ? null : new Date().toISOString(),
      experiment: options.experiment,
      preset: options.preset,
      command: [...options.argv],
      ...known,
      // Where rounds go on until they suffice, those that were done were enough, or the time for more was over.
      roundsPlanned: plan.precision && status !== 'partial' ? roundsDone : Math.max(plan.rounds, roundsDone),
      roundsDone,
      seed: options.seed,
      fingerprint,
      summary: summarise(known, pointsOverRounds),
      verdict: '',
      warnings: [],
    }
    const claims = order.claims.map(claim => {
      const judged = judgeClaim(claim, run)
      // While it runs nobody asks what else it might have been.
      const sensitivity = status === 'running' ? [] : sensitivityOf(claim, run, judged)
      return { ...judged, ...(sensitivity.length > 0 && { sensitivity }) }
    })
    const judged = { ...run, ...(claims.length > 0 && { claims }), warnings: warningsOf(run) }
    return { ...judged, verdict: verdictOf(judged) }
  }

  // Where the machine is busy all the time, measuring again is in vain: it takes at most half as long as the plan.
  let repeatsLeft = Math.max(MAX_REPEATS, Math.ceil(cellsOf(plan) / 2))
  let isBusyTold = false
  const attemptsOf = (
    scenario: Scenario,
    places: readonly { readonly transport: string | null; readonly round: number; readonly order: number }[],
    measure: () => Promise<readonly Cell[]>,
  ) =>
    attemptsAt({
      measure,
      blanks: places.map(place => blankCell({ scenario, ...place })),
      isTimed: driverOf(scenario.kind).isTimed ?? false,
      mayRepeat: () => repeatsLeft-- > 0,
      onRepeat(repeated) {
        const disturbed = repeated.find(isDisturbed)
        if (disturbed && !isBusyTold)
          progress.note(`busy machine: ${programsOf([disturbed])}; what is spoilt is measured again`)
        isBusyTold ||= disturbed !== undefined
        progress.cellsRepeated(repeated)
      },
    })

  const { precision: _, ...unbounded } = plan
  const afterwards = plan.scenarios.filter(({ kind }) => isAfterwards(kind))
  const startedMs = performance.now()
  const inRounds = plan.scenarios.filter(({ kind }) => !isAfterwards(kind))
  const isDeciding = plan.precision !== undefined && plan.precision.share === undefined
  /** Of a further round what it has to measure, transports by scenario: all of them at first, then what is not precise yet, and what it is compared
   * with, or nothing would be paired. Undefined once the run is over. */
  function wantedIn(round: number): ReadonlyMap<string, readonly string[]> | undefined {
    if (isDeciding) return undecidedIn(round)
    const all = new Map(plan.scenarios.map(({ id, transports }) => [id, transports ?? plan.transports]))
    if (round >= plan.rounds) return undefined
    if (!plan.precision || round < plan.precision.leastRounds) return all
    const imprecise = impreciseOf(runNow('running'))
    const wanted = new Map(
      plan.scenarios.map(({ id }) => {
        const own = imprecise.filter(({ scenario }) => scenario === id)
        const names = new Set(own.flatMap(({ transport, baseline }) => [transport, baseline]))
        return [id, all.get(id)!.filter(name => names.has(name))]
      }),
    )
    if (imprecise.length === 0) return undefined
    const { budgetMs } = plan.precision
    const nextMs = plan.scenarios.reduce((sum, one) => sum + wanted.get(one.id)!.length * cellMsOf(one), 0)
    const restMs = durationMs({ ...unbounded, scenarios: afterwards })
    return budgetMs !== null && performance.now() - startedMs + nextMs + restMs > budgetMs ? undefined : wanted
  }

  /** The same where claims are to be decided: the rounds of the plan, each scenario's own number of them, and then the cells of those that are not. */
  function undecidedIn(round: number): ReadonlyMap<string, readonly string[]> | undefined {
    const first = inRounds.filter(scenario => round < roundsOf(scenario, plan))
    if (first.length > 0) return new Map(first.map(({ id, transports }) => [id, transports ?? plan.transports]))
    const deciding = decide({
      ...{ claims: order.claims, evidence: runNow('running'), scenarios: inRounds, precision: plan.precision! },
      tookMs: cell => tookMs.get(cell) ?? 0,
      nextMs: cellMsOf,
    })
    decided = deciding.known
    if (deciding.wanted.size === 0) return undefined
    progress.note(`round ${round + 1}: not decided yet: ${openText(deciding.open)}`)
    return deciding.wanted
  }

  /** One round of a scenario, cell by cell. */
  async function measureRound(
    scenario: Scenario,
    driver: Extract<KindDriver, { measure: unknown }>,
    round: number,
    names: readonly string[],
  ): Promise<{ measured: Cell[]; spoilt: Cell[] }> {
    const spoilt: Cell[] = []
    const measure = async (transport: string | null, place: number): Promise<Cell> => {
      progress.cellStarted(scenario.id, transport)
      const beganMs = performance.now()
      const common = await roundOrder(order, scenario, round)
      const parts = { publisher, keep: order.keep, onLive: progress.cellLive }
      const attempted = await attemptsOf(scenario, [{ transport, round, order: place }], async () => [
        await driver.measure({ ...common, ...parts, transport, order: place }),
      ])
      const cell = attempted.cells[0]!
      tookMs.set(cell, performance.now() - beganMs)
      spoilt.push(...attempted.repeated)
      progress.cellFinished(cell)
      return cell
    }
    const transports = rotated(names, options.order === 'rotate' ? round : 0)
    const measured: Cell[] = []
    for (const [index, transport] of transports.entries()) measured.push(await measure(transport, index))
    // Publishing alone is there to be subtracted; where no window holds enough CPU to be shown, there is nothing to subtract it from.
    const isNeeded = scenario.publishingAlone ?? measured.some(({ server }) => server.cpuUs >= MIN_CPU_US)
    if (isNeeded && driver.subtractsPublishing) measured.push(await measure(null, transports.length))
    return { measured, spoilt }
  }

  let error: unknown
  try {
    for (let round = 0, wanted = wantedIn(0); wanted; wanted = wantedIn(++round)) {
      progress.roundStarted(round)
      const ofRound: Awaited<ReturnType<typeof measureRound>>[] = []
      for (const scenario of plan.scenarios) {
        const driver = driverOf(scenario.kind)
        if (!('measure' in driver) || driver.isAfterwards || (!isDeciding && round >= roundsOf(scenario, plan)))
          continue
        const names = wanted.get(scenario.id) ?? []
        if (names.length > 0) ofRound.push(await measureRound(scenario, driver, round, names))
      }
      cells.push(...ofRound.flatMap(({ measured }) => measured))
      attempts.push(...ofRound.flatMap(({ spoilt }) => spoilt))
      roundsDone++
      const run = runNow('running')
      await order.onRound(run)
      progress.roundFinished(run)
    }
    for (const scenario of afterwards) {
      const driver = driverOf(scenario.kind)
      const transports = scenario.transports ?? plan.transports
      if ('measureTogether' in driver) progress.cellStarted(scenario.id, null)
      for (let round = 0; round < roundsOf(scenario, plan); round++) {
        if ('measure' in driver) {
          const { measured, spoilt } = await measureRound(scenario, driver, round, transports)
          cells.push(...measured)
          attempts.push(...spoilt)
          continue
        }
        const places = transports.map((transport, place) => ({ transport, round, order: place }))
        const common = await roundOrder(order, scenario, round)
        const together = await attemptsOf(scenario, places, () =>
          driver.measureTogether({ ...common, keep: order.keep, transports }),
        )
        cells.push(...together.cells)
        attempts.push(...together.repeated)
        for (const cell of together.cells) progress.cellFinished(cell)
      }
    }
  } catch (caught) {
    if (!isExitError(caught) && !signal.aborted) throw caught
    error = caught
  } finally {
    await publisher.end('SIGKILL')
    progress.done()
  }
  const run = runNow(error === undefined ? 'complete' : signal.aborted ? 'partial' : 'failed')
  await order.onRound(run)
  return error === undefined ? { run } : { run, error }
}

const rotated = <T>(items: readonly T[], by: number): T[] => {
  const shift = by % items.length
  return [...items.slice(shift), ...items.slice(0, shift)]
}

const roundOrder = async (
  { options, signal }: EngineOrder,
  scenario: Scenario,
  round: number,
): Promise<RoundOrder> => ({
  scenario,
  round,
  seed: options.seed,
  headers: await readProfile(scenario.headerProfile),
  signal,
})

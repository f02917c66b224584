// The engine: runs a plan round by round in rotating order, and hands over the run after each round, so that a crash loses at most one.
import type { Cell } from '../results/cell.ts'
import type { Fingerprint, Run } from '../results/format.ts'
import { FORMAT, VERSION } from '../results/format.ts'
import { MIN_CPU_US } from '../results/metrics.ts'
import type { Scenario } from '../results/scenario.ts'
import { summarise } from '../results/summary.ts'
import { verdictOf } from '../results/verdict.ts'
import { measureHidden } from './browser/hidden.ts'
import { measureStage } from './browser/stage.ts'
import { measureTabs } from './browser/tabs.ts'
import { measureCapacity } from './capacity.ts'
import { measureCell } from './cell.ts'
import type { Child } from './child.ts'
import { judgeClaim } from './claims.ts'
import { measureConnect } from './connect.ts'
import type { DriverOrder } from './driver.ts'
import { isExitError } from './exit.ts'
import { type ClaimTest, type Plan, roundsOf } from './experiments/experiment.ts'
import { mergePoints } from './histogram.ts'
import { measureHold } from './hold.ts'
import { measureIdle } from './idle.ts'
import type { PublisherCalls } from './load/publisher.ts'
import type { Options } from './options.ts'
import { measurePeer } from './peer.ts'
import { readProfile } from './profiles/profile.ts'
import type { Progress } from './progress.ts'
import { startPublisher } from './publisher-process.ts'
import { measureSessions } from './sessions.ts'
import { measureSoak } from './soak.ts'
import { measureUpstream } from './upstream.ts'
import { warningsOf } from './warnings.ts'

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
  let roundsDone = 0
  const runNow = (status: Run['status']): Run => {
    const known = { cells, scenarios: [...plan.scenarios], transports: [...plan.transports] }
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
      roundsPlanned: plan.rounds,
      roundsDone,
      seed: options.seed,
      fingerprint,
      cells: [...cells],
      summary: summarise(known, mergePoints),
      verdict: '',
      warnings: [],
    }
    const claims = order.claims.map(claim => judgeClaim(claim, run))
    const judged = { ...run, ...(claims.length > 0 && { claims }), warnings: warningsOf(run) }
    return { ...judged, verdict: verdictOf(judged) }
  }

  let error: unknown
  try {
    for (let round = 0; round < plan.rounds; round++) {
      progress.roundStarted(round)
      const measured: Cell[] = []
      for (const scenario of plan.scenarios) {
        const { kind } = scenario
        if (kind === 'idle' || round >= roundsOf(scenario, plan)) continue
        const transports = rotated(scenario.transports ?? plan.transports, options.order === 'rotate' ? round : 0)
        const ofScenario: Cell[] = []
        for (const [index, transport] of transports.entries())
          ofScenario.push(await measureOf[kind](order, publisher, scenario, transport, round, index))
        // Publishing alone is there to be subtracted; where no window holds enough CPU to be shown, there is nothing to subtract it from.
        const isNeeded = scenario.publishingAlone ?? ofScenario.some(({ server }) => server.cpuUs >= MIN_CPU_US)
        if (isNeeded && (kind === 'delivery' || kind === 'peer'))
          ofScenario.push(await measureOf[kind](order, publisher, scenario, null, round, transports.length))
        measured.push(...ofScenario)
      }
      cells.push(...measured)
      roundsDone++
      await order.onRound(runNow('running'))
    }
    for (const scenario of plan.scenarios.filter(({ kind }) => kind === 'idle')) {
      progress.cellStarted(scenario.id, null)
      for (let round = 0; round < roundsOf(scenario, plan); round++) {
        const idle = await measureIdle({
          scenario,
          transports: scenario.transports ?? plan.transports,
          round,
          seed: options.seed,
          headers: await readProfile(scenario.headerProfile),
          signal,
        })
        cells.push(...idle)
        for (const cell of idle) progress.cellFinished(cell)
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

type Measure = (
  order: EngineOrder,
  publisher: Child<PublisherCalls>,
  scenario: Scenario,
  transport: string | null,
  round: number,
  place: number,
) => Promise<Cell>

/** A cell by a driver that brings its own load. */
const measureWith =
  <Transport extends string | null>(drive: (order: DriverOrder<Transport>) => Promise<Cell>): Measure =>
  async ({ options, signal, progress }, _, scenario, transport, round, order) => {
    progress.cellStarted(scenario.id, transport)
    const headers = await readProfile(scenario.headerProfile)
    const cell = await drive({
      scenario,
      transport: transport as Transport,
      round,
      order,
      seed: options.seed,
      headers,
      signal,
    })
    progress.cellFinished(cell)
    return cell
  }

const measureOf: Readonly<Record<Exclude<Scenario['kind'], 'idle'>, Measure>> = {
  delivery: measure,
  connect: measureWith(measureConnect),
  upstream: measureWith(measureUpstream),
  peer: measureWith(measurePeer),
  capacity: measureWith(measureCapacity),
  sessions: measureWith(measureSessions),
  soak: measureWith(measureSoak),
  hold: measureWith(measureHold),
  tabs: measureWith(measureTabs),
  hidden: measureWith(measureHidden),
  stage: measureWith(measureStage),
}

async function measure(
  { options, signal, progress, keep }: EngineOrder,
  publisher: Child<PublisherCalls>,
  scenario: Scenario,
  transport: string | null,
  round: number,
  order: number,
): Promise<Cell> {
  progress.cellStarted(scenario.id, transport)
  const cell = await measureCell({
    scenario,
    transport,
    round,
    order,
    seed: options.seed,
    headers: await readProfile(scenario.headerProfile),
    publisher,
    signal,
    keep,
    onLive: progress.cellLive,
  })
  progress.cellFinished(cell)
  return cell
}

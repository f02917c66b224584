// The contract of an experiment: a question, the scenarios that answer it, and the claims it puts to the test.
import type { Claim, Run } from '../../results/format.ts'
import { MIN_CPU_US } from '../../results/kinds/kind.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { Options } from '../cli/options.ts'
import { driverOf } from '../kinds/index.ts'
import { RUN_IN_MS } from '../load/schedule.ts'

/** The parts of the list of experiments, in its order: what each is about. */
export const groups = {
  start: 'start here',
  latency: 'latency: how late a notice arrives',
  bytes: 'bytes and requests',
  cost: 'cost of the server',
  scale: 'many subscribers, slow ones, storms',
  fleet: 'several servers',
  browser: 'in a browser',
  all: 'everything',
} as const
export type Group = keyof typeof groups
/** What a claim may be about. */
export type Topic = Exclude<Group, 'start' | 'all'>

export interface Experiment {
  readonly question: string
  /** Where it stands in the list. */
  readonly group: Group
  /** What this machine must have besides Node, in the list's words; absent = nothing. */
  readonly needs?: string
  /** Too long, or too much of its own, to be one of `all`. */
  readonly isSeparate?: boolean
  /** What is to be measured under `options`. */
  plan(options: Options): Plan
  /** Fixed before the run; judged after it. */
  readonly claims?: readonly ClaimTest[]
}

export interface Plan {
  /** In the order they are measured; those of some kinds (`isAfterwards`) after the rounds, once unless they ask for more. Scenarios of the same id are the same:
   * one cell serves every claim that names its scenario. */
  readonly scenarios: readonly Scenario[]
  /** All that take part in any scenario. */
  readonly transports: readonly string[]
  readonly rounds: number
  /** Rounds go on until this is reached; `rounds` is then the most. Without a `share` they go on after those of the plan, until the claims are decided. Absent =
   * all of them are measured. */
  readonly precision?: NonNullable<Run['precision']>
  /** Ids of scenarios that are left out where this machine cannot hold them; without the others there is no run. */
  readonly dispensable?: readonly string[]
}

/** What was measured, for those who judge it. */
export type Evidence = Pick<Run, 'cells' | 'scenarios' | 'transports' | 'precision'> & Partial<Pick<Run, 'seed'>>

type Verdict = Claim['verdict']
type Judgement<V extends Verdict = Verdict> = Pick<Claim, 'points' | 'why'> & { readonly verdict: V }

/** What a verdict means, in a whole sentence that a student understands below the claim's own: who, by how much, and under which
 * condition, in 140 characters at most and without symbols. What was
 * measured is taken from the points. */
export type PlainLine = string | ((points: Claim['points']) => string)

/** A claim of the field with everything about it that is fixed before the run. */
export interface ClaimTest
  extends Pick<Claim, 'id' | 'claim' | 'source' | 'address' | 'prediction' | 'tolerance' | 'unit'> {
  /** Default: what its experiment is about, where that is a topic. */
  readonly topic?: Topic
  /** A line for each verdict that `judge` can give; `inconclusive` has one of its own where points say something all the same. */
  readonly plainly: Readonly<Partial<Record<Verdict, PlainLine>>>
  /** A pure function of the evidence. Where a cell it needs is void or missing, the verdict is `inconclusive` and `why` says so. */
  readonly judge: (evidence: Evidence) => Judgement
}

/** `test` as it is: with a verdict that its `judge` can give and no line says plainly, it does not compile. */
export const claimTest = <V extends Verdict>(
  test: Omit<ClaimTest, 'judge' | 'plainly'> & {
    readonly judge: (evidence: Evidence) => Judgement<V>
    readonly plainly: Readonly<Record<Exclude<V, 'inconclusive'>, PlainLine>> & { readonly inconclusive?: PlainLine }
  },
): ClaimTest => test

/** Whether a window will hold enough server CPU to be shown, at the price of a delivery on a small machine. */
const isHeavy = ({ clients, ratePerSecond, windowMs }: Scenario): boolean =>
  clients * ratePerSecond * (windowMs / 1000) * 50 >= MIN_CPU_US

/** Whether a kind is measured after the rounds. */
export const isAfterwards = (kind: Scenario['kind']): boolean => {
  const driver = driverOf(kind)
  return 'measureTogether' in driver || (driver.isAfterwards ?? false)
}

/** Rounds in which a scenario is measured: once, where it comes after the rounds, unless it says otherwise. */
export const roundsOf = ({ kind, rounds }: Scenario, plan: Pick<Plan, 'rounds'>): number =>
  rounds ?? (isAfterwards(kind) ? 1 : plan.rounds)

/** How many cells have to be measured, publishing alone aside. */
export const cellsOf = (plan: Plan): number =>
  plan.scenarios.reduce(
    (sum, scenario) => sum + roundsOf(scenario, plan) * (scenario.transports ?? plan.transports).length,
    0,
  )

/** Subscribers begun a second, and how many are lost in the overhead. */
const LAUNCHED_PER_SECOND = 2000
const LAUNCHED_OVER_TLS = 300
/** The same where a server of several processes and its clients are all there is on the machine. */
const LAUNCHED_AT_WORKERS = 1000
const MANY = 500

/** About how long a plan takes, in ms: start-up, connecting and draining included. */
export function durationMs(plan: Plan): number {
  const overheadMs = 1100 + RUN_IN_MS
  let sum = 0
  for (const scenario of plan.scenarios) {
    const { kind, clients, warmupMs, windowMs, rttMs, tls, workers = 1 } = scenario
    const launchedPerSecond = tls ? LAUNCHED_OVER_TLS : workers > 1 ? LAUNCHED_AT_WORKERS : LAUNCHED_PER_SECOND
    const launchMs = (Math.max(0, clients - MANY) / launchedPerSecond) * 1000
    const cellMs = warmupMs + windowMs + overheadMs + 2 * rttMs + launchMs
    const transports = (scenario.transports ?? plan.transports).length
    const isPublishingAlone = scenario.publishingAlone ?? isHeavy(scenario)
    const { roundMs } = driverOf(kind)
    const time = { cellMs, transports, isPublishingAlone }
    sum += roundsOf(scenario, plan) * (roundMs ? roundMs(scenario, time) : transports * cellMs)
  }
  // The budget of claims is about each of them, and begins with what the plan has anyway.
  return plan.precision?.share === undefined ? sum : Math.min(sum, plan.precision.budgetMs ?? sum)
}

/** About how long one more cell of a scenario takes, in ms; where all transports are measured side by side, all of them. */
export const cellMsOf = (scenario: Scenario): number => {
  const transports = ['one']
  return durationMs({
    scenarios: [{ ...scenario, rounds: 1, transports, publishingAlone: false }],
    transports,
    rounds: 1,
  })
}

/** Several experiments as one plan: scenarios of one id once, all transports, the most rounds. */
export function unionOf(plans: readonly Plan[]): Plan {
  const scenarios = new Map<string, Scenario>()
  for (const plan of plans)
    for (const scenario of plan.scenarios) {
      const known = scenarios.get(scenario.id)
      const transports = [...new Set([...(known?.transports ?? []), ...(scenario.transports ?? plan.transports)])]
      const rounds = Math.max(known?.rounds ?? 0, roundsOf(scenario, plan))
      // Whoever subtracts the publishing alone must find it.
      const wishes = known ? [known.publishingAlone, scenario.publishingAlone] : [scenario.publishingAlone]
      const publishingAlone = wishes.includes(true) ? true : wishes.includes(undefined) ? undefined : false
      scenarios.set(scenario.id, { ...scenario, transports, rounds, publishingAlone })
    }
  return {
    scenarios: [...scenarios.values()],
    transports: [...new Set(plans.flatMap(plan => plan.transports))],
    rounds: Math.max(...plans.map(plan => plan.rounds)),
    dispensable: plans.flatMap(({ dispensable = [] }) => dispensable),
  }
}

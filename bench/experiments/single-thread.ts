// Do several processes on one port carry as many times the fan-out of one?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { estimateOf, ratioOf } from '../../results/statistics.ts'
import type { Options } from '../cli/options.ts'
import { inWords, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { pointOf, timesOf } from './judging/plainly.ts'

const ROUNDS = 5
const TRANSPORT = 'websocket'
/** Share of k times the fan-out from which k processes scale, and of k cores from which they had them. */
const SHARE = 0.8
/** Beyond so many times there is something gained. */
const GAIN = 1.2

const shared = {
  kind: 'capacity',
  seeks: 'deliveries',
  ratePerSecond: 0,
  windowMs: 4000,
  publishingAlone: false,
  rounds: ROUNDS,
  // Each delivery is a write: how much is merged into one differs with how busy a process is.
  coalesce: false,
} as const
const loads = {
  plain: { ...shared, clients: 500, perPost: 10 },
  /** Each write takes so long that the load process needs next to nothing of the cores. */
  slow: { ...shared, clients: 400, perPost: 1, burnUs: 100 },
} as const
type Load = keyof typeof loads

const scenarioFor = (load: Load, workers: number): Scenario =>
  scenarioOf({ ...loads[load], workers, transports: [TRANSPORT] })
const processesOf = ({ workers }: Options): number => (workers > 1 ? workers : 2)

function gainInPlainWords(points: Claim['points']): string {
  const { label, predicted } = pointOf(points, 'deliveries a second')
  return `${predicted} processes delivered ${timesOf(points, label)} as much as one`
}

const claimOf = (id: string, load: Load, of: string) =>
  claimTest({
    id,
    claim: `Node is single-threaded, so it cannot be scaled vertically${of}`,
    source: 'the course notes behind this project',
    prediction: 'k processes on one port carry k times the fan-out, each delivery at the same CPU',
    tolerance:
      'refuted where the interval lies above 0.8 k; reproduced where it lies below 1.2 though the processes had 0.8 k cores and more; else it cannot be told here',
    unit: 'times, and cores',
    plainly: {
      reproduced: points => `${gainInPlainWords(points)}.`,
      refuted: points => `${gainInPlainWords(points)}.`,
      inconclusive: points => `Not certain: ${gainInPlainWords(points)}.`,
    },
    judge: (evidence: Evidence) => judge(evidence, load),
  })

export const experiment: Experiment = {
  question: 'Do several processes on one port carry as many times the fan-out of one?',
  group: 'cost',
  isSeparate: true,
  plan: options =>
    planOf(options, {
      scenarios: (Object.keys(loads) as Load[]).flatMap(load => [
        scenarioFor(load, 1),
        scenarioFor(load, processesOf(options)),
      ]),
      rounds: ROUNDS,
    }),
  claims: [
    claimOf('single-thread', 'plain', ''),
    claimOf(
      'single-thread-slow',
      'slow',
      ' (a server that takes 100 µs a write, a declared busy wait, so that the load needs few of the cores)',
    ),
  ],
}

interface Round {
  readonly value: number
  readonly serverShare: number
  readonly clientShare: number
}

function roundOf({ capacity, scenario, round }: Cell): Round {
  const { value = 0, serverShare, clientShare } = capacity ?? {}
  if (value > 0 && serverShare && clientShare) return { value, serverShare, clientShare }
  throw new Error(`no deliveries were counted in ${scenario}, round ${round + 1}`)
}

/** The scenario of a load with `isOne` process or several. Throws where the run has none. */
function scenarioIn({ scenarios }: Evidence, load: Load, isOne: boolean): Scenario & { workers: number } {
  const { clients, burnUs } = { burnUs: undefined, ...loads[load] }
  const found = scenarios.find(
    ({ workers, ...scenario }) =>
      workers !== undefined &&
      (workers === 1) === isOne &&
      scenario.seeks === 'deliveries' &&
      scenario.clients === clients &&
      scenario.burnUs === burnUs,
  )
  if (found?.workers === undefined)
    throw new Error(`no load of ${isOne ? 'one process' : 'several processes'} was measured`)
  return { ...found, workers: found.workers }
}

function judge(evidence: Evidence, load: Load) {
  const [alone, several] = [scenarioIn(evidence, load, true), scenarioIn(evidence, load, false)]
  const [ofOne, ofMany] = [alone, several].map(scenario => usableCells(evidence, scenario, TRANSPORT)) as [
    Cell[],
    Cell[],
  ]
  const pairs = ofMany.flatMap(cell => {
    const one = ofOne.find(({ round }) => round === cell.round)
    return one ? [{ one: roundOf(one), many: roundOf(cell) }] : []
  })
  if (pairs.length === 0) throw new Error('no round in which both are usable')
  const k = several.workers
  const over = (of: (round: Round) => number) =>
    ratioOf(
      pairs.map(({ many }) => of(many)),
      pairs.map(({ one }) => of(one)),
    )
  const gain = over(({ value }) => value)
  const perCpu = over(({ value, serverShare }) => value / serverShare)
  const cores = estimateOf(pairs.map(({ many }) => many.serverShare))
  const load_ = estimateOf(pairs.map(({ many }) => many.clientShare))
  const hadCores = cores.value >= SHARE * k
  const scales = gain.low !== null && gain.low >= SHARE * k
  const gainsNothing = gain.high !== null && gain.high <= GAIN && hadCores
  const shortOf = hadCores
    ? ''
    : ` They had ${cores.value.toFixed(1)} cores and the load process ${load_.value.toFixed(1)}: it takes ${k} for the server beside the load's to tell.`
  return {
    points: [
      { label: `deliveries a second, ${k} processes for one`, unit: 'times', predicted: k, claimed: 1, measured: gain },
      {
        label: `deliveries a CPU-second, ${k} processes for one`,
        unit: 'times',
        predicted: 1,
        claimed: null,
        measured: perCpu,
      },
      { label: `cores that ${k} processes used`, unit: 'cores', predicted: k, claimed: 1, measured: cores },
      { label: 'cores that the load used beside them', unit: 'cores', predicted: null, claimed: null, measured: load_ },
    ],
    verdict: scales ? ('refuted' as const) : gainsNothing ? ('reproduced' as const) : ('inconclusive' as const),
    why: `${k} processes delivered ${inWords(gain, 2)} times as much as one, ${inWords(perCpu, 2)} times as much a CPU-second, and used ${inWords(cores, 2)} cores.${scales ? '' : shortOf}`,
  }
}

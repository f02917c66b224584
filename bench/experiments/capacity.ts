// How much can one server process do, and how many subscribers does it serve in time?

import { clientTransports, type TransportName } from '../../client/transports/index.ts'
import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { estimateOf } from '../../results/statistics.ts'
import type { Options } from '../cli/options.ts'
import { inWords, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { rounded } from './judging/plainly.ts'

const ROUNDS = 3
const shared = { kind: 'capacity', rounds: ROUNDS, publishingAlone: false } as const
const everyone = Object.keys(clientTransports)
const polled = ['short-polling', 'long-polling']
const pushed = ['sse', 'websocket']

const polls = scenarioOf({
  ...shared,
  seeks: 'polls',
  clients: 64,
  ratePerSecond: 0,
  windowMs: 5000,
  transports: polled,
})
const connects = scenarioOf({
  ...shared,
  seeks: 'connects',
  clients: 64,
  ratePerSecond: 0,
  windowMs: 3000,
  transports: everyone,
})
const deliveries = scenarioOf({
  ...shared,
  seeks: 'deliveries',
  clients: 500,
  ratePerSecond: 0,
  perPost: 10,
  windowMs: 4000,
  transports: pushed,
})
/** Short polls every half of the bound: at T beyond it no server could be in time. One search a transport: it repeats itself. */
const subscribers = ({ sloMs }: Options): Scenario =>
  scenarioOf({
    ...shared,
    seeks: 'subscribers',
    sloMs,
    clients: 250,
    ratePerSecond: 10,
    pollIntervalMs: sloMs / 2,
    warmupMs: 1000,
    windowMs: 3000,
    transports: everyone,
    rounds: 1,
  })

const titles = {
  polls: 'empty polls a second does one process of this server answer, on 64 connections that ask at once again',
  connects: 'connections a second does one process of this server take, each answered and cut',
  deliveries: 'deliveries a second does one process of this server make, to 500 subscribers and in arrays of ten',
} as const

export const experiment: Experiment = {
  question: 'How much can one server process do, and how many subscribers does it serve in time?',
  group: 'cost',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [polls, connects, deliveries, subscribers(options)], rounds: ROUNDS }),
  claims: [
    ...([polls, connects, deliveries] as const).map(scenario =>
      claimTest({
        id: `capacity-${scenario.seeks}`,
        claim: `How many ${titles[scenario.seeks as keyof typeof titles]}?`,
        source: 'this lab, a question without a claim',
        prediction: 'none: it is a figure of this machine',
        tolerance:
          'a capacity only where the server used 95 % of a core and more; else at least so much (client-bound)',
        unit: 'per second',
        plainly: { measured: inPlainWords },
        judge: (evidence: Evidence) => judgeRate(evidence, scenario),
      }),
    ),
    claimTest({
      id: 'capacity-subscribers',
      claim: 'How many subscribers get 99 % of ten notices a second within 100 ms (or --slo)?',
      source: 'this lab, a question without a claim',
      prediction: 'none: it is a figure of this machine',
      tolerance: 'found by bisection to 6 %, confirmed twice; at least so many where the load process gave in first',
      unit: 'subscribers',
      plainly: { measured: inPlainWords },
      judge: judgeSubscribers,
    }),
  ],
}

/** A figure stands beside the name of its transport, and says where it is a lower bound. */
function inPlainWords(points: Claim['points']): string {
  const told = points
    .toSorted((a, b) => b.measured!.value - a.measured!.value)
    .map(({ label, measured }) => {
      const [transport, bound] = label.split(', ')
      const figure = rounded(measured!.value)
      return `${clientTransports[transport as TransportName].label}, ${bound ? `${bound} ` : ''}${figure}`
    })
  return `Most: ${told[0]}. Fewest: ${told.at(-1)}.`
}

const capacityOf = ({ capacity, scenario, transport }: Cell) => {
  if (capacity) return capacity
  throw new Error(`no capacity of ${transport} in ${scenario}`)
}

function judgeRate(evidence: Evidence, scenario: Scenario) {
  const found = (scenario.transports ?? []).map(transport => {
    const cells = usableCells(evidence, scenario, transport)
    return {
      transport,
      isLowerBound: cells.some(cell => capacityOf(cell).isLowerBound),
      measured: estimateOf(cells.map(cell => capacityOf(cell).value)),
    }
  })
  return {
    points: found.map(({ transport, isLowerBound, measured }) => ({
      label: `${transport}${isLowerBound ? ', at least' : ''}`,
      predicted: null,
      claimed: null,
      measured,
    })),
    verdict: 'measured' as const,
    why: `${found.map(({ transport, isLowerBound, measured }) => `${transport} ${isLowerBound ? '≥ ' : ''}${inWords(measured, 0)}`).join(', ')}.`,
  }
}

function judgeSubscribers(evidence: Evidence) {
  const cells = evidence.cells.filter(({ capacity }) => capacity?.steps)
  if (cells.length === 0) throw new Error('no search was finished')
  return {
    points: cells.map(cell => ({
      label: `${cell.transport}${capacityOf(cell).isLowerBound ? ', at least' : ''}`,
      predicted: null,
      claimed: null,
      measured: estimateOf([capacityOf(cell).value]),
    })),
    verdict: 'measured' as const,
    why: `${cells.map(cell => `${cell.transport} ${capacityOf(cell).isLowerBound ? '≥ ' : ''}${capacityOf(cell).value}`).join(', ')}.`,
  }
}

// Does the heap of a server grow under the same load for ten minutes?
import { clientTransports } from '../../client/transports/index.ts'
import type { Scenario } from '../../results/scenario.ts'
import { estimateOf, ratioOfIndependent } from '../../results/statistics.ts'
import { inWords, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import type { Evidence, Experiment } from './experiment.ts'

/** What a collection leaves behind differs by so much from one to the next without anything being kept. */
const TOLERANCE = 0.01

/** Each transport that is pushed to; the polls of a thousand would be the load process's test. */
const transports = Object.keys(clientTransports).filter(name => !name.includes('polling'))

const scenario: Scenario = scenarioOf({
  kind: 'soak',
  clients: 1000,
  ratePerSecond: 50,
  schedule: 'periodic',
  warmupMs: 30_000,
  windowMs: 600_000,
  heapEveryMs: 60_000,
  headerProfile: 'bare',
  transports,
  rounds: 1,
})

export const experiment: Experiment = {
  question: 'Does the heap of a server grow under the same load for ten minutes?',
  group: 'scale',
  isSeparate: true,
  plan: options =>
    planOf(options, {
      scenarios: [{ ...scenario, transports: transports.filter(name => options.transports.includes(name)) }],
      rounds: 1,
    }),
  claims: [
    {
      id: 'soak',
      claim: 'after ten minutes of 50 notices a second to 1,000 subscribers the heap is as large as before',
      source: "this lab's aim",
      prediction: 'heap right after a collection, once a minute: later half for earlier half is 1',
      tolerance: `interval below 1 + ${TOLERANCE}`,
      unit: 'times, and MB',
      judge,
    },
  ],
}

function judge(evidence: Evidence) {
  const measured = transports.filter(name => evidence.cells.some(({ transport }) => transport === name))
  if (measured.length === 0) throw new Error('no transport was measured')
  const found = measured.map(transport => {
    const [cell] = usableCells(evidence, scenario, transport)
    const megabytes = (cell?.heap ?? []).map(([, bytes]) => bytes / 1e6)
    if (megabytes.length < 4)
      throw new Error(`${transport} has ${megabytes.length} readings of its heap, and 4 are needed`)
    const half = megabytes.length >> 1
    const [earlier, later] = [megabytes.slice(0, half), megabytes.slice(-half)]
    return {
      transport,
      earlier: estimateOf(earlier),
      later: estimateOf(later),
      ratio: ratioOfIndependent(later, earlier),
    }
  })
  const bound = 1 + TOLERANCE
  const grows = found.some(({ ratio }) => ratio.low !== null && ratio.low > bound)
  const stays = found.every(({ ratio }) => ratio.high !== null && ratio.high <= bound)
  return {
    points: found.flatMap(({ transport, earlier, later, ratio }) => [
      { label: `${transport}, earlier half, MB`, predicted: null, claimed: null, measured: earlier },
      { label: `${transport}, later half, MB`, predicted: null, claimed: null, measured: later },
      { label: `${transport}, later for earlier`, predicted: 1, claimed: 1, measured: ratio },
    ]),
    verdict: grows ? ('refuted' as const) : stays ? ('reproduced' as const) : ('inconclusive' as const),
    why: `${found.map(({ transport, earlier, later, ratio }) => `${transport} ${earlier.value.toFixed(2)} MB, then ${later.value.toFixed(2)} MB: ${inWords(ratio, 3)} times`).join('; ')}.`,
  }
}

// Is long polling as fast as WebSocket while the network latency is below half the update interval?
import { periodicLongPollingLatency } from '../../results/model.ts'
import { fanOutBacklogMs } from '../../results/model-load.ts'
import { bandOf, gapMsOf, inWords, rateOf } from '../evidence.ts'
import type { Evidence, Experiment } from './experiment.ts'
import { planOf } from './plan.ts'
import { faster, inTransits, onePerAnswer, overTransits, slower, type Transit, transitsOf } from './transits.ts'

const EQUAL = 1
const TOLERANCE = 0.1
/** What the two sides differ by: half a gap, one transit. */
const DIFFERENCE = 1

export const experiment: Experiment = {
  question: 'Up to which update interval is long polling as fast as WebSocket?',
  plan: options => planOf(options, { scenarios: [slower, faster, onePerAnswer], rounds: slower.rounds! }),
  claims: [
    {
      id: 'half-interval',
      claim:
        'When the network latency exceeds half the update rate of the dataset, then Websockets is the better choice',
      source:
        'Pimentel & Nickerson, "Communicating and Displaying Real-Time Data with WebSocket" (2012), in the words of Van de Vyvere et al. (2020)',
      prediction:
        'regular updates: 1.0 transits while P > g, dd + g/2 = 2.0 transits from P < g on, a step at P = g = 2 dd; with one notice per answer no bound at all, (g/P − 1) of the elapsed time',
      tolerance: '10 %',
      unit: 'transits',
      judge,
    },
  ],
}

function judge(evidence: Evidence) {
  const below = transitsOf(evidence, slower, 'long-polling', DIFFERENCE, slower)
  const above = transitsOf(evidence, faster, 'long-polling', DIFFERENCE, faster)
  const single = transitsOf(evidence, onePerAnswer, 'long-polling', DIFFERENCE, faster)
  const measured = (pairs: readonly Transit[]) => overTransits(pairs, inTransits('meanUs'))
  const predicted = (pairs: readonly Transit[]) =>
    overTransits(pairs, ({ cell, downMs }) => {
      const law = periodicLongPollingLatency({ periodMs: periodMs(cell), gapMs: gapMsOf(cell), downMs })
      return law.meanMs / downMs
    }).value
  const points = [
    { label: label(below), predicted: predicted(below), claimed: EQUAL, measured: measured(below) },
    { label: label(above), predicted: predicted(above), claimed: null, measured: measured(above) },
    {
      label: `${label(single)}, one notice per answer`,
      // One at a time every g: a queue whose server takes g. The mean over the window is that at its middle.
      predicted: overTransits(single, ({ cell, downMs }) => {
        const elapsedMs = onePerAnswer.warmupMs + cell.windowMs / 2
        return 1 + fanOutBacklogMs({ utilisation: gapMsOf(cell) / periodMs(cell), elapsedMs }) / downMs
      }).value,
      claimed: null,
      measured: measured(single),
    },
  ]
  const [slow, fast] = points.map(point => bandOf(point.measured, EQUAL, EQUAL * TOLERANCE))
  const why = `${points.map(point => `${inWords(point.measured)} transits at ${point.label}`).join('; ')}. The step lies where the interval falls below the re-arm gap, which is a round trip.`
  const isSplit = below.every(pair => gapsPerPeriod(pair) > 1) && above.every(pair => gapsPerPeriod(pair) < 1)
  if (!isSplit)
    return {
      points,
      verdict: 'inconclusive' as const,
      why: `the re-arm gap did not lie between the two intervals (${label(below)}, ${label(above)}), so the two sides were not measured`,
    }
  if (slow === 'inside' && fast === 'apart') return { points, verdict: 'reproduced' as const, why }
  return {
    points,
    verdict: slow === 'apart' || fast === 'inside' ? ('refuted' as const) : ('inconclusive' as const),
    why,
  }
}

const periodMs = (cell: Transit['cell']): number => 1000 / rateOf(cell)
const gapsPerPeriod = ({ cell }: Transit): number => periodMs(cell) / gapMsOf(cell)
const label = (pairs: readonly Transit[]): string => `P = ${overTransits(pairs, gapsPerPeriod).value.toFixed(2)} g`

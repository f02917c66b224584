// Is long polling as fast as WebSocket while the network latency is below half the update interval?

import { periodicLongPollingLatency } from '../../results/model.ts'
import { fanOutBacklogMs } from '../../results/model-load.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bandOf, gapMsOf, inWords } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'
import { faster, inTransits, onePerAnswer, overTransits, slower, transitsOf } from './judging/transits.ts'

const EQUAL = 1
const TOLERANCE = 0.1
/** What the two sides differ by: half a gap, one transit. */
const DIFFERENCE = 1

export const experiment: Experiment = {
  question: 'Up to which update interval is long polling as fast as WebSocket?',
  group: 'latency',
  plan: options => planOf(options, { scenarios: [slower, faster, onePerAnswer], rounds: slower.rounds! }),
  claims: [
    claimTest({
      id: 'half-interval',
      claim:
        'When the network latency exceeds half the update rate of the dataset, then Websockets is the better choice',
      source:
        'Pimentel & Nickerson, "Communicating and Displaying Real-Time Data with WebSocket" (2012), in the words of Van de Vyvere et al. (2020)',
      address: 'https://doi.org/10.1109/MIC.2012.64',
      prediction:
        'regular updates: 1.0 transits while P > g, dd + g/2 = 2.0 transits from P < g on, a step at P = g = 2 dd; with one notice per answer no bound at all, (g/P − 1) of the elapsed time',
      tolerance: '10 %',
      unit: 'transits',
      plainly: {
        reproduced: points =>
          `With updates slower than a round trip long polling was as fast as WebSocket; with faster ones it took ${rounded(figureOf(points, 'P = 0.78'))} times as long.`,
        refuted: 'Long polling fell behind WebSocket at another rate of updates than this says, or not at all.',
      },
      judge,
    }),
  ],
}

function judge(evidence: Evidence) {
  const below = sideOf(evidence, slower, slower)
  const above = sideOf(evidence, faster, faster)
  const single = sideOf(evidence, onePerAnswer, faster)
  const { warmupMs } = evidence.scenarios.find(({ id }) => id === onePerAnswer.id) ?? onePerAnswer
  const predicted = ({ pairs, periodMs }: Side) =>
    overTransits(pairs, ({ cell, downMs }) => {
      return periodicLongPollingLatency({ periodMs, gapMs: gapMsOf(cell), downMs }).meanMs / downMs
    }).value
  const points = [
    { label: below.label, predicted: predicted(below), claimed: EQUAL, measured: below.measured },
    { label: above.label, predicted: predicted(above), claimed: null, measured: above.measured },
    {
      label: `${single.label}, one notice per answer`,
      // One at a time every g: a queue whose server takes g. It grows evenly, so the mean over the window is that at its middle.
      predicted: overTransits(single.pairs, ({ cell, downMs }) => {
        const utilisation = gapMsOf(cell) / single.periodMs
        return 1 + fanOutBacklogMs({ utilisation, elapsedMs: warmupMs + cell.windowMs / 2 }) / downMs
      }).value,
      claimed: null,
      measured: single.measured,
    },
  ]
  if (!(below.gapsPerPeriod > 1 && above.gapsPerPeriod < 1))
    return {
      points,
      verdict: 'inconclusive' as const,
      why: `the re-arm gap did not lie between the two intervals (${below.label} and ${above.label}): only one side was measured`,
    }
  const [slow, fast] = points.map(({ measured }) => bandOf(measured, EQUAL, EQUAL * TOLERANCE))
  const why = `${points.map(({ label, measured }) => `${inWords(measured)} transits at ${label}`).join('; ')}. The step lies where the interval falls below the re-arm gap, which is a round trip.`
  if (slow === 'inside' && fast === 'apart') return { points, verdict: 'reproduced' as const, why }
  const isOtherwise = slow === 'apart' || fast === 'inside'
  return { points, verdict: isOtherwise ? ('refuted' as const) : ('inconclusive' as const), why }
}

type Side = ReturnType<typeof sideOf>

/** One update interval: P is the schedule's own, which a count of notices in a short window would only blur. */
function sideOf(evidence: Evidence, scenario: Scenario, reference: Scenario) {
  const pairs = transitsOf(evidence, scenario, 'long-polling', DIFFERENCE, reference)
  const periodMs = 1000 / scenario.ratePerSecond
  const gapsPerPeriod = overTransits(pairs, ({ cell }) => periodMs / gapMsOf(cell)).value
  const measured = overTransits(pairs, inTransits('meanUs'))
  return { pairs, periodMs, gapsPerPeriod, measured, label: `P = ${gapsPerPeriod.toFixed(2)} g` }
}

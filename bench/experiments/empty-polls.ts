// Which share of polls is empty?
import type { Cell } from '../../results/cell.ts'
import { noticesPerCycleAtEmptyShare, shortPollingAnswers } from '../../results/model.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bandOf, inWords, overCells, rateOf, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'

/** Percentage points. */
const TOLERANCE = 1
/** The share depends on λT alone, so a short T measures many polls in little time. */
const INTERVAL_MS = 20

/** Polls at λT where the model says that this share of them is empty. A window has 31 or 307 notices; with strata their number varies by
 * about 2 and 4, the share by 0.3 and 0.4 points a round, its 95 % interval over four rounds is ± 0.6 at most. */
const at = (share: number): Scenario =>
  scenarioOf({
    clients: 10,
    ratePerSecond: Number(((noticesPerCycleAtEmptyShare(share) * 1000) / INTERVAL_MS).toPrecision(4)),
    pollIntervalMs: INTERVAL_MS,
    windowMs: 12_000,
    stratified: true,
    publishingAlone: false,
    transports: ['short-polling'],
    rounds: 4,
  })

export const sides = [
  { claimed: 60, scenario: at(0.6) },
  { claimed: 95, scenario: at(0.95) },
] as const

export const experiment: Experiment = {
  question: 'Which share of polls is empty, and what decides it?',
  group: 'bytes',
  plan: options => planOf(options, { scenarios: sides.map(({ scenario }) => scenario), rounds: 4 }),
  claims: [
    claimTest({
      id: 'empty-polls',
      claim: 'Most polls return nothing new: 60 % of them, or, as others say, 95 %',
      source:
        '"50,000 HTTP queries per second, 60% of which return the 304 status" (Mail.Ru, "A Million WebSockets and Go", 2017); 95 %: folklore',
      address: 'https://www.freecodecamp.org/news/million-websockets-and-go-cc58418460bb/',
      prediction: 'e^(−λT), any share at all: 60.0 % at λT = 0.511, 95.0 % at λT = 0.0513',
      tolerance: '1 percentage point',
      unit: '% of polls',
      plainly: {
        qualified:
          'Each is true at a rate of its own: 60 % with one notice in two poll intervals, 95 % with one in twenty.',
        refuted: 'At the rates that should make 60 and 95 % of the polls empty, other shares of them were.',
      },
      judge,
    }),
  ],
}

function judge(evidence: Evidence) {
  const measured = sides.map(({ claimed, scenario }) => {
    const cells = usableCells(evidence, scenario, 'short-polling').filter(({ requests }) => requests > 0)
    if (cells.length === 0) throw new Error(`no poll was counted in ${scenario.id}`)
    const cycleMs = scenario.pollIntervalMs
    const share = (cell: Cell) => (100 * cell.emptyAnswers) / cell.requests
    const law = (cell: Cell) => 100 * shortPollingAnswers({ ratePerSecond: rateOf(cell), cycleMs }).emptyShare
    return {
      // A window's notices are some percent more or fewer than planned: what the model says of that is taken off.
      atItsRate: overCells(cells, cell => share(cell) - law(cell) + claimed),
      point: {
        label: `λT = ${overCells(cells, cell => (rateOf(cell) * cycleMs) / 1000).value.toPrecision(3)}`,
        predicted: overCells(cells, law).value,
        claimed,
        measured: overCells(cells, share),
      },
    }
  })
  const points = measured.map(({ point }) => point)
  const own = measured.map(({ atItsRate, point }) => bandOf(atItsRate, point.claimed, TOLERANCE))
  const why = `${points.map(({ label, measured }) => `${inWords(measured, 1)} % at ${label}`).join(', ')}: each figure holds at its own rate only.`
  if (own.some(band => band === 'apart')) return { points, verdict: 'refuted' as const, why }
  // Where each holds under its own condition, it is far off under the other's.
  return {
    points,
    verdict: own.every(band => band === 'inside') ? ('qualified' as const) : ('inconclusive' as const),
    why,
  }
}

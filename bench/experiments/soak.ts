// Does a server keep what it should let go, and do subscribers lose anything, under everything at once for long?
import { clientTransports } from '../../client/transports/index.ts'
import { counted } from '../../results/figures.ts'
import { slopeOf } from '../../results/statistics.ts'
import { sum } from '../../results/sums.ts'
import { inWords, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const MS_PER_MINUTE = 60_000
const transports = Object.keys(clientTransports)
const load = {
  kind: 'soak',
  clients: 20,
  ratePerSecond: 20,
  schedule: 'periodic',
  waitMs: 10_000,
  warmupMs: 60_000,
  windowMs: 10 * MS_PER_MINUTE,
  readEveryMs: 5000,
  cutEveryMs: 1000,
  restartEveryMs: 30_000,
  attackEveryMs: 500,
  stalledReaders: 4,
  servers: 2,
  backplane: 'redis',
  headerProfile: 'bare',
  transports,
  rounds: 1,
} as const
const scenario = scenarioOf(load)

export const experiment: Experiment = {
  group: 'scale',
  question: 'Under cuts, restarts, readers that stop and attacks for long: does a server grow, and is anything lost?',
  needs: 'redis-server',
  isSeparate: true,
  plan(options) {
    const wanted = transports.filter(name => options.transports.includes(name))
    const windowMs = options.given.includes('minutes') ? options.minutes * MS_PER_MINUTE : scenario.windowMs
    return planOf(options, { scenarios: [{ ...scenario, windowMs, transports: wanted }], rounds: 1 })
  },
  claims: [
    claimTest({
      id: 'soak',
      claim: "A server's memory grows no more once it is warm, whatever is done to it",
      source: "this lab's aim",
      prediction: 'the slope of its resident memory is 0',
      tolerance: 'the 95 % interval of the slope, over ten stretches of the window, holds 0',
      unit: 'MB an hour, and descriptors an hour',
      plainly: {
        reproduced: "The server's memory stayed level, through cuts, restarts and attacks.",
        refuted: points => `The server's memory grew by ${rounded(figureOf(points, 'resident'))} MB an hour.`,
      },
      judge: judgeGrowth,
    }),
    claimTest({
      id: 'soak-account',
      claim: 'Subscribers that resume by their cursor lose nothing, however often they are cut off',
      source: "this lab's aim",
      prediction: '0 lost, 0 doubled, on every transport, through cuts and restarts',
      tolerance: 'none',
      unit: 'notices lost or doubled',
      plainly: {
        reproduced: 'Through all cuts and restarts no notice was lost or repeated, on any transport.',
        refuted: 'Some notices were lost or repeated.',
      },
      judge: judgeAccount,
    }),
  ],
}

const cellsOf = (evidence: Evidence) =>
  transports
    .filter(name => evidence.cells.some(({ transport }) => transport === name))
    .flatMap(name => usableCells(evidence, scenario, name))

function judgeGrowth(evidence: Evidence) {
  // Of the server itself, and the same in every cell.
  const readings = cellsOf(evidence)[0]?.soak?.readings ?? []
  if (readings.length < 3) throw new Error(`memory was read ${readings.length} times, and 3 are needed`)
  const perHour = (of: (reading: (typeof readings)[number]) => number) =>
    slopeOf(readings.map(reading => [reading.atMs / (60 * MS_PER_MINUTE), of(reading)]))
  const resident = perHour(({ rssBytes }) => rssBytes / 1e6)
  const heap = perHour(({ heapBytes }) => heapBytes / 1e6)
  const descriptors = perHour(reading => reading.descriptors ?? 0)
  const { low, high } = resident
  const verdict =
    low === null || high === null || high < 0
      ? ('inconclusive' as const)
      : low > 0
        ? ('refuted' as const)
        : ('reproduced' as const)
  const [first, last] = [readings[0]!, readings.at(-1)!]
  const minutes = (last.atMs - first.atMs) / MS_PER_MINUTE
  return {
    points: [
      { label: 'resident, MB an hour', unit: 'MB an hour', predicted: 0, claimed: 0, measured: resident },
      { label: 'heap after a collection, MB an hour', unit: 'MB an hour', predicted: 0, claimed: null, measured: heap },
      { label: 'descriptors an hour', unit: 'descriptors an hour', predicted: 0, claimed: null, measured: descriptors },
    ],
    verdict,
    why: `Over ${minutes.toFixed(1)} minutes resident memory went from ${(first.rssBytes / 1e6).toFixed(0)} to ${(last.rssBytes / 1e6).toFixed(0)} MB: ${inWords(resident, 1)} MB an hour; the heap ${inWords(heap, 1)} MB, descriptors ${inWords(descriptors, 1)}.`,
  }
}

function judgeAccount(evidence: Evidence) {
  const cells = cellsOf(evidence)
  const [some] = cells
  if (!some?.soak) throw new Error('no transport was measured')
  const points = cells.map(({ transport, lost, duplicated }) => ({
    label: transport!,
    predicted: 0,
    claimed: 0,
    measured: { value: lost + duplicated, low: null, high: null, n: 1 },
  }))
  const whole = cells.every(({ lost, duplicated }) => lost === 0 && duplicated === 0)
  const { cuts, restarts, attacks } = some.soak
  const of = cells.map(
    ({ transport, lost, duplicated, expected }) => `${transport} ${lost} lost and ${duplicated} doubled of ${expected}`,
  )
  return {
    points,
    verdict: whole ? ('reproduced' as const) : ('refuted' as const),
    why: `${of.join('; ')}; in ${counted(cuts, 'cut')}, ${counted(restarts, 'restart')} and ${counted(
      sum(Object.values(attacks), times => times),
      'attack',
    )}.`,
  }
}

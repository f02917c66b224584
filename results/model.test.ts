// The delivery models against discrete-event simulations, within 1–2 %, and the errors outside their domain.
import { expect, test } from 'vitest'
import {
  fewerRequestsBelowRatePerSecond,
  lockedLongPollingMeanMs,
  longPolling,
  longPollingTransits,
  noticesPerCycleAtEmptyShare,
  onePerAnswerMeanMs,
  periodicLongPollingLatency,
  periodicShortPollingLatencies,
  pushLatency,
  randomCycleMeanWaitMs,
  shortPollingAnswers,
  shortPollingCycleMs,
  shortPollingLatency,
} from './model.ts'
import { seededRandom } from './random.ts'
import { simulateLongPolling, simulateShortPolling } from './simulation.fixture.ts'

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const quantile = (values: readonly number[], q: number) =>
  Float64Array.from(values).sort()[Math.min(values.length - 1, Math.floor(q * values.length))]!
/** Within the share of the model's figure. */
const near = (simulated: number, model: number, within = 0.015) =>
  expect(Math.abs(simulated - model), `${simulated} simulated, ${model} from the model`).toBeLessThanOrEqual(
    within * Math.abs(model),
  )

test('push takes one transit at every quantile', () => {
  const law = pushLatency({ downMs: 50 })
  expect([law.meanMs, law.maxMs, law.quantileMs(0), law.quantileMs(1)]).toEqual([50, 50, 50, 50])
})

test.each(['fixed-rate', 'after-answer'] as const)(
  'short polling, %s: uniform latency, traffic, share seen',
  pollTimer => {
    const cycleMs = shortPollingCycleMs({ intervalMs: 1000, rttMs: 110, pollTimer })
    const law = shortPollingLatency({ cycleMs, downMs: 40 })
    const simulated = simulateShortPolling({
      schedule: { count: 200_000, ratePerSecond: 1.3 },
      cycleMs: () => 1000,
      upMs: 70,
      downMs: 40,
      afterAnswer: pollTimer === 'after-answer',
    })
    near(mean(simulated.latenciesMs), law.meanMs)
    for (const q of [0.1, 0.5, 0.9, 0.99]) near(quantile(simulated.latenciesMs, q), law.quantileMs(q))
    near(Math.max(...simulated.latenciesMs.slice(0, 100_000)), law.maxMs)
    expect(law.quantileMs(1)).toBe(law.maxMs)
    const counts = shortPollingAnswers({ ratePerSecond: 1.3, cycleMs })
    near((simulated.answers * 1000) / simulated.elapsedMs, counts.requestsPerSecond)
    near(simulated.emptyAnswers / simulated.answers, counts.emptyShare)
    near(200_000 / (simulated.answers - simulated.emptyAnswers), counts.noticesPerFullAnswer)
    near(simulated.newest / 200_000, counts.seenShareWithoutCursor)
    expect(shortPollingAnswers({ ratePerSecond: 1.3, cycleMs, clients: 7 }).requestsPerSecond).toBeCloseTo(
      7000 / cycleMs,
      12,
    )
  },
)

test('the empty shares of the field belong to these rates', () => {
  expect(noticesPerCycleAtEmptyShare(0.6)).toBeCloseTo(0.511, 3)
  expect(noticesPerCycleAtEmptyShare(0.95)).toBeCloseTo(0.0513, 4)
  expect(noticesPerCycleAtEmptyShare(1)).toBe(0)
  const cycleMs = noticesPerCycleAtEmptyShare(0.6) * 1000
  expect(shortPollingAnswers({ ratePerSecond: 1, cycleMs }).emptyShare).toBeCloseTo(0.6, 12)
})

test('a random cycle makes notices wait longer than half its mean', () => {
  const random = seededRandom(3)
  // 100 ms or 1,900 ms, evenly: mean 1,000, standard deviation 900.
  const simulated = simulateShortPolling({
    schedule: { count: 200_000, ratePerSecond: 2 },
    cycleMs: () => (random() < 0.5 ? 100 : 1900),
    upMs: 0,
    downMs: 0,
  })
  near(mean(simulated.waitsMs), randomCycleMeanWaitMs({ cycleMeanMs: 1000, cycleSdMs: 900 }))
  expect(randomCycleMeanWaitMs({ cycleMeanMs: 1000, cycleSdMs: 0 })).toBe(500)
})

test.each([
  { periodMs: 1000, cycleMs: 1000, phaseMs: 260 },
  { periodMs: 750, cycleMs: 1000, phaseMs: 130 },
  { periodMs: 700, cycleMs: 300, phaseMs: 61 },
])(
  'a periodic publisher, P = $periodMs and C = $cycleMs, meets only few latencies',
  ({ periodMs, cycleMs, phaseMs }) => {
    const { distinct, spacingMs, lowestMs, meanMs } = periodicShortPollingLatencies({
      periodMs,
      cycleMs,
      downMs: 40,
      phaseMs,
    })
    const simulated = simulateShortPolling({
      schedule: { count: 5000, periodMs, phaseMs: 10 * cycleMs - phaseMs },
      cycleMs: () => cycleMs,
      upMs: 0,
      downMs: 40,
    })
    const met = [...new Set(simulated.latenciesMs.map(latency => Math.round(latency * 1000) / 1000))].sort(
      (a, b) => a - b,
    )
    expect(met).toEqual(Array.from({ length: distinct }, (_, index) => lowestMs + index * spacingMs))
    near(mean(simulated.latenciesMs), meanMs)
  },
)

test.each([
  { ratePerSecond: 1, thinkMs: 0, holdMs: undefined },
  { ratePerSecond: 10, thinkMs: 20, holdMs: undefined },
  { ratePerSecond: 50, thinkMs: 0, holdMs: undefined },
  { ratePerSecond: 2, thinkMs: 5, holdMs: 300 },
  { ratePerSecond: 0.8, thinkMs: 0, holdMs: 150 },
])('long polling at $ratePerSecond/s, think $thinkMs ms, held $holdMs ms', ({ ratePerSecond, thinkMs, holdMs }) => {
  const model = longPolling({ ratePerSecond, gapMs: 110 + thinkMs, downMs: 50, holdMs })
  const count = 300_000
  const simulated = simulateLongPolling({ schedule: { count, ratePerSecond }, upMs: 60, downMs: 50, thinkMs, holdMs })
  near(simulated.elapsedMs / simulated.answers, model.cycleMs)
  near((simulated.answers * 1000) / simulated.elapsedMs, model.answersPerSecond)
  near(mean(simulated.latenciesMs), model.latency.meanMs)
  near(Math.max(...simulated.latenciesMs.slice(0, 100_000)), model.latency.maxMs)
  for (const q of [0.05, 0.5, 0.95, 0.99]) near(quantile(simulated.latenciesMs, q), model.latency.quantileMs(q))
  near(simulated.waitsMs.filter(wait => wait > 0).length / count, model.gapShare)
  near(count / simulated.answers, model.noticesPerAnswer)
  near(count / (simulated.answers - simulated.emptyAnswers), model.noticesPerFullAnswer)
  if (holdMs === undefined) expect([simulated.emptyAnswers, model.timeoutShare]).toEqual([0, 0])
  else near(simulated.emptyAnswers / simulated.answers, model.timeoutShare)
})

test('long polling takes the transits stated, and its batch size tends to x + e^(−x)', () => {
  for (const [x, transits] of [
    [0.1, 1.1],
    [0.5, 1.45],
    [1, 1.73],
    [5, 2],
  ] as const) {
    expect(longPollingTransits(x)).toBeCloseTo(transits, 2)
    const { latency, noticesPerAnswer } = longPolling({ ratePerSecond: x * 10, gapMs: 100, downMs: 50 })
    expect(latency.meanMs / 50).toBeCloseTo(longPollingTransits(x), 12)
    expect(noticesPerAnswer).toBeCloseTo(x + Math.exp(-x), 12)
    expect(latency.maxMs).toBe(150)
  }
})

test('a periodic publisher: long polling is push while P > g, and steps to g/2 more below', () => {
  const above = simulateLongPolling({ schedule: { count: 20_000, periodMs: 120 }, upMs: 50, downMs: 50 })
  near(
    mean(above.latenciesMs.slice(1)),
    periodicLongPollingLatency({ periodMs: 120, gapMs: 100, downMs: 50 }).meanMs,
    1e-9,
  )
  const law = periodicLongPollingLatency({ periodMs: 80 * Math.SQRT1_2, gapMs: 100, downMs: 50 })
  const below = simulateLongPolling({ schedule: { count: 100_000, periodMs: 80 * Math.SQRT1_2 }, upMs: 50, downMs: 50 })
  near(mean(below.latenciesMs), law.meanMs)
  near(quantile(below.latenciesMs, 0.9), law.quantileMs(0.9))
  expect(periodicLongPollingLatency({ periodMs: 100, gapMs: 100, downMs: 50 }).meanMs).toBe(50)
})

test('a periodic publisher and a gap without jitter lock: 1.8 transits at P = 0.8 g, not 2.0', () => {
  const simulated = simulateLongPolling({ schedule: { count: 50_000, periodMs: 80 }, upMs: 50, downMs: 50 })
  near(mean(simulated.latenciesMs), lockedLongPollingMeanMs({ periodMs: 80, gapMs: 100, downMs: 50 }), 0.001)
  expect(lockedLongPollingMeanMs({ periodMs: 80, gapMs: 100, downMs: 50 })).toBe(90)
  expect(lockedLongPollingMeanMs({ periodMs: 120, gapMs: 100, downMs: 50 })).toBe(50)
})

test('one notice per answer queues like M/D/1, and without bound from x = 1 on', () => {
  for (const ratePerSecond of [2, 5, 8]) {
    const simulated = simulateLongPolling({
      schedule: { count: 500_000, ratePerSecond },
      upMs: 50,
      downMs: 50,
      limit: 1,
    })
    near(mean(simulated.latenciesMs), onePerAnswerMeanMs({ ratePerSecond, gapMs: 100, downMs: 50 }))
  }
  expect(onePerAnswerMeanMs({ ratePerSecond: 10, gapMs: 100, downMs: 50 })).toBe(Number.POSITIVE_INFINITY)
  const unstable = simulateLongPolling({
    schedule: { count: 20_000, ratePerSecond: 12 },
    upMs: 50,
    downMs: 50,
    limit: 1,
  })
  expect(mean(unstable.latenciesMs.slice(10_000))).toBeGreaterThan(2 * mean(unstable.latenciesMs.slice(0, 10_000)))
})

test('long polling sends fewer requests only below the rate stated, about 1/T for short gaps', () => {
  expect(fewerRequestsBelowRatePerSecond({ intervalMs: 1000, gapMs: 0 })).toBeCloseTo(1, 6)
  const rate = fewerRequestsBelowRatePerSecond({ intervalMs: 1000, gapMs: 500 })
  for (const [factor, fewer] of [
    [0.9, true],
    [1.1, false],
  ] as const) {
    const schedule = { count: 50_000, ratePerSecond: rate * factor }
    const { answers, elapsedMs } = simulateLongPolling({ schedule, upMs: 250, downMs: 250 })
    expect(answers / elapsedMs < 1 / 1000).toBe(fewer)
  }
  expect(fewerRequestsBelowRatePerSecond({ intervalMs: 1000, gapMs: 1000 })).toBe(Number.POSITIVE_INFINITY)
  expect(fewerRequestsBelowRatePerSecond({ intervalMs: 1000, gapMs: 100, holdMs: 900 })).toBe(0)
})

test('a parameter outside its domain is refused by name, rule and value', () => {
  const refusals: [() => unknown, string][] = [
    [() => pushLatency({ downMs: -1 }), 'downMs must be a number from 0, got -1'],
    [() => shortPollingLatency({ cycleMs: 0, downMs: 1 }), 'cycleMs must be a number above 0, got 0'],
    [() => shortPollingLatency({ cycleMs: '7' as never, downMs: 1 }), 'cycleMs must be a number above 0, got "7"'],
    [
      () => shortPollingAnswers({ ratePerSecond: Number.NaN, cycleMs: 1 }),
      'ratePerSecond must be a number above 0, got NaN',
    ],
    [
      () => shortPollingAnswers({ ratePerSecond: 1, cycleMs: 1, clients: 1.5 }),
      'clients must be a whole number from 0, got 1.5',
    ],
    [
      () => longPolling({ ratePerSecond: 1, gapMs: Infinity, downMs: 1 }),
      'gapMs must be a number from 0, got Infinity',
    ],
    [() => longPolling({ ratePerSecond: 1, gapMs: 1, downMs: 1, holdMs: 0 }), 'holdMs must be a number above 0, got 0'],
    [() => pushLatency({ downMs: 1 }).quantileMs(1.01), 'q must be a number from 0 to 1, got 1.01'],
    [() => noticesPerCycleAtEmptyShare(0), 'emptyShare must be a number above 0 and up to 1, got 0'],
    [
      () => periodicShortPollingLatencies({ periodMs: 0.5, cycleMs: 1, downMs: 0 }),
      'periodMs must be a whole number from 1, got 0.5',
    ],
  ]
  for (const [call, message] of refusals) expect(call).toThrow(new RangeError(message))
})

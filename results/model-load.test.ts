// The models of one loaded thread and of limits against simulations, within 1–2 %.
import { expect, test } from 'vitest'
import {
  connectionLimit,
  connectsPerSecond,
  crossoverUtilisation,
  fanOutBacklogMs,
  fanOutMeanMs,
  fanOutUtilisation,
  periodicFanOutMeanMs,
  rollingRestart,
  saturatedLongPollingMeanMs,
  servedAfterMs,
  stalledLatency,
  strayRequestShare,
} from './model-load.ts'
import { seededRandom } from './random.ts'
import { simulateFanOut, simulateLongPollingThread } from './simulation-thread.fixture.ts'

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const near = (simulated: number, model: number, within = 0.02) =>
  expect(Math.abs(simulated - model), `${simulated} simulated, ${model} from the model`).toBeLessThanOrEqual(
    within * Math.abs(model),
  )

test.each([
  [5, 0.1],
  [5, 0.8],
  [50, 0.5],
])('push to %i clients from a thread used to %f waits its turn and behind other broadcasts', (clients, utilisation) => {
  const ratePerSecond = (utilisation * 1000) / (clients * 0.2)
  const load = { ratePerSecond, clients, serviceUs: 200, downMs: 3 }
  expect(fanOutUtilisation(load)).toBeCloseTo(utilisation, 12)
  const schedule = { count: 1_000_000 / clients, ratePerSecond, seed: 5 }
  near(mean(simulateFanOut({ schedule, clients, serviceMs: 0.2, downMs: 3 })), fanOutMeanMs(load))
  const coalesced = simulateFanOut({ schedule, clients, serviceMs: 0.2, downMs: 3, coalesce: true })
  near(mean(coalesced), fanOutMeanMs({ ...load, coalesce: true }))
})

test('a periodic push only waits its turn, as long as one broadcast is over before the next', () => {
  const load = { ratePerSecond: 10, clients: 50, serviceUs: 1900, downMs: 3 }
  const schedule = { count: 1000, periodMs: 100, phaseMs: 0 }
  near(mean(simulateFanOut({ schedule, clients: 50, serviceMs: 1.9, downMs: 3 })), periodicFanOutMeanMs(load), 1e-6)
  expect(periodicFanOutMeanMs({ ...load, serviceUs: 2100 })).toBe(Number.POSITIVE_INFINITY)
})

test('each place of a broadcast is served later by the same time', () => {
  for (const place of [1, 10, 20]) {
    const lone = { count: 50, periodMs: 1000, phaseMs: 0 }
    near(
      mean(simulateFanOut({ schedule: lone, clients: 20, serviceMs: 0.2, downMs: 0, place })),
      servedAfterMs({ place, serviceUs: 200 }),
      1e-6,
    )
  }
})

test('an overloaded thread falls behind by (ρ − 1)t; coalescing keeps it within one more broadcast', () => {
  const load = { ratePerSecond: 150, clients: 50, serviceUs: 200, downMs: 0 }
  expect(fanOutMeanMs(load)).toBe(Number.POSITIVE_INFINITY)
  const schedule = { count: 3000, ratePerSecond: 150, seed: 5 }
  const last = simulateFanOut({ schedule, clients: 50, serviceMs: 0.2, downMs: 0, place: 50 }).at(-1)!
  near(last, fanOutBacklogMs({ utilisation: fanOutUtilisation(load), elapsedMs: 20_000 }), 0.1)
  const dense = { count: 100_000, ratePerSecond: 1500, seed: 5 }
  near(
    mean(simulateFanOut({ schedule: dense, clients: 50, serviceMs: 0.2, downMs: 0, coalesce: true })),
    fanOutMeanMs({ ...load, ratePerSecond: 1500, coalesce: true }),
  )
  expect(fanOutBacklogMs({ utilisation: 0.9, elapsedMs: 1000 })).toBe(0)
})

test.each([
  ['inside', 0],
  ['inside', 8],
  ['outside', 0],
  ['outside', 8],
] as const)('saturated long polling plateaus, publisher %s, RTT %i ms', (publisher, rttMs) => {
  for (const ratePerSecond of [300, 1000]) {
    const schedule = { count: 10_000, ratePerSecond, seed: 5 }
    const { meanMs, busyShare } = simulateLongPollingThread({
      schedule,
      clients: 100,
      serviceMs: 0.3,
      rttMs,
      downMs: 2,
      publisher,
    })
    expect(busyShare).toBeGreaterThan(0.99)
    near(meanMs, saturatedLongPollingMeanMs({ clients: 100, serviceUs: 300, downMs: 2, rttMs, publisher }))
  }
})

test.each(['inside', 'outside'] as const)('push and the plateau meet at the crossover, publisher %s', publisher => {
  const utilisation = crossoverUtilisation({ pushServiceUs: 100, pollServiceUs: 250, publisher })
  const clients = 1000
  const push = fanOutMeanMs({
    ratePerSecond: (utilisation * 1e6) / (clients * 100),
    clients,
    serviceUs: 100,
    downMs: 0,
  })
  near(push, saturatedLongPollingMeanMs({ clients, serviceUs: 250, downMs: 0, publisher }), 0.002)
  expect(crossoverUtilisation({ pushServiceUs: 900, pollServiceUs: 250, publisher })).toBe(0)
})

test('connections are reopened for every poll once the pause outlives the shorter rule', () => {
  const rules = { clients: 30, serverTimeoutMs: 5000, clientTimeoutMs: 3000 }
  expect([2500, 3500, 4500, 5500].map(cycleMs => connectsPerSecond({ ...rules, cycleMs }))).toEqual([
    0,
    30 / 3.5,
    30 / 4.5,
    30 / 5.5,
  ])
  expect(connectsPerSecond({ ...rules, clientTimeoutMs: 60_000, cycleMs: 4500 })).toBe(0)
  expect(connectsPerSecond({ ...rules, clientTimeoutMs: 60_000, cycleMs: 5500 })).toBe(30 / 5.5)
  // The client's own pause is shorter by the round trip.
  expect(connectsPerSecond({ ...rules, cycleMs: 3100, rttMs: 200 })).toBe(0)
  expect(() => connectsPerSecond({ ...rules, cycleMs: 100, rttMs: 100 })).toThrow(
    'rttMs must be below cycleMs (100), got 100',
  )
})

test('a stall shows in the corrected quantiles as the model says, and hides from a closed loop', () => {
  const latenciesMs: number[] = []
  const naiveMs: number[] = []
  let free = 0
  for (let at = 0; at < 30_000; at += 0.5) {
    const answered = at >= 10_000 && at < 11_400 ? 11_400 : at
    latenciesMs.push(answered + 50 - at)
    // One request at a time: it is not sent before the last was answered.
    if (at >= free) {
      naiveMs.push(answered + 50 - at)
      free = answered + 50
    }
  }
  const sorted = latenciesMs.sort((a, b) => a - b)
  const model = stalledLatency({ stallMs: 1400, windowMs: 30_000, baseMs: 50 })
  near(mean(sorted), model.meanMs)
  for (const q of [0.5, 0.95, 0.96, 0.99, 0.999]) near(sorted[Math.floor(q * sorted.length)]!, model.quantileMs(q))
  near(sorted.at(-1)!, model.maxMs)
  expect(model.quantileMs(0.99)).toBeGreaterThanOrEqual(700)
  expect(naiveMs.sort((a, b) => a - b)[Math.floor(0.99 * naiveMs.length)]).toBe(50)
  expect(() => stalledLatency({ stallMs: 2, windowMs: 1, baseMs: 0 })).toThrow(
    'stallMs must be at most windowMs (1), got 2',
  )
})

test('ports limit connections per client address, not per server', () => {
  expect(connectionLimit({ clientAddresses: 1 })).toBe(28_232)
  expect(connectionLimit({ clientAddresses: 3, firstPort: 1024, lastPort: 65_535 })).toBeGreaterThan(65_536)
  expect(() => connectionLimit({ clientAddresses: 1, lastPort: 9 })).toThrow(
    'lastPort must be a whole number from 32768, got 9',
  )
})

test('requests spread without stickiness miss the server that knows them', () => {
  const random = seededRandom(9)
  for (const servers of [2, 3, 4]) {
    let stray = 0
    for (let request = 0; request < 100_000; request++) {
      const home = Math.floor(random() * servers)
      const served = Math.floor(random() * servers)
      if (served !== home) stray++
    }
    near(stray / 100_000, strayRequestShare({ servers }))
  }
  expect(strayRequestShare({ servers: 1 })).toBe(0)
})

test.each([2, 3, 4, 10])(
  'a rolling restart of %i servers cuts clients again that went to a server still to come',
  servers => {
    const random = seededRandom(11)
    const clients = 100_000
    const at = Array.from({ length: clients }, (_, who) => who % servers)
    const cuts = new Array<number>(clients).fill(0)
    for (let down = 0; down < servers; down++)
      for (let who = 0; who < clients; who++) {
        if (at[who] !== down) continue
        cuts[who]!++
        const other = Math.floor(random() * (servers - 1))
        at[who] = other < down ? other : other + 1
      }
    const { cutsEach, worstShare, sharesAfter } = rollingRestart({ servers })
    near(mean(cuts), cutsEach, 0.01)
    expect(Math.max(...cuts)).toBeLessThanOrEqual(servers)
    expect(Math.abs(cuts.filter(count => count === servers).length / clients - worstShare)).toBeLessThan(0.004)
    for (const [server, share] of sharesAfter.entries())
      expect(Math.abs(at.filter(place => place === server).length / clients - share)).toBeLessThan(0.006)
  },
)

test('cuts of a rolling restart are at least one and a half, and go to e − 1', () => {
  expect([2, 3, 4].map(servers => rollingRestart({ servers }).cutsEach.toFixed(3))).toEqual(['1.500', '1.583', '1.620'])
  expect(rollingRestart({ servers: 1000 }).cutsEach).toBeCloseTo(Math.E - 1, 2)
  expect(rollingRestart({ servers: 3 }).sharesAfter.map(share => share.toFixed(3))).toEqual(['0.625', '0.375', '0.000'])
  expect(() => rollingRestart({ servers: 1 })).toThrow('servers must be a whole number from 2, got 1')
})

test('an unsaturated thread has no plateau to predict', () => {
  expect(() =>
    saturatedLongPollingMeanMs({ clients: 10, serviceUs: 100, downMs: 0, rttMs: 50, publisher: 'inside' }),
  ).toThrow('rttMs must be below clients · serviceUs (1 ms), else the thread is not saturated, got 50')
})

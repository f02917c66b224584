// The byte models against encoded bytes and against traffic counted in a simulation.
import { expect, test } from 'vitest'
import { longPolling, shortPollingAnswers } from './model.ts'
import {
  chunkFramingBytes,
  equalBytesNoticesPerCycle,
  headerRatio,
  pollingBytesPerSecond,
  pushBytesPerSecond,
  sseFramingBytes,
  tlsOverheadBytes,
  websocketHeaderBytes,
} from './model-bytes.ts'
import { simulateLongPolling, simulateShortPolling } from './simulation.fixture.ts'

const near = (simulated: number, model: number, within = 0.01) =>
  expect(Math.abs(simulated - model), `${simulated} simulated, ${model} from the model`).toBeLessThanOrEqual(
    within * Math.abs(model),
  )

test('framing is counted to the byte', () => {
  expect([0, 125, 126, 65_535, 65_536].map(payloadBytes => websocketHeaderBytes({ payloadBytes }))).toEqual([
    2, 2, 4, 4, 10,
  ])
  expect(websocketHeaderBytes({ payloadBytes: 200, masked: true })).toBe(8)
  expect(sseFramingBytes({ cursorBytes: 9 })).toBe(Buffer.byteLength('id: k3x9a2.42\ndata: \n\n'))
  expect(chunkFramingBytes({ chunkBytes: 255 })).toBe(Buffer.byteLength('ff\r\n\r\n'))
  expect(chunkFramingBytes({ chunkBytes: 256 })).toBe(7)
  expect([1, 16_384, 16_385].map(writeBytes => tlsOverheadBytes({ writeBytes }))).toEqual([22, 22, 44])
})

const sizes = { requestBytes: 400, emptyAnswerBytes: 260, fullAnswerBytes: 250, noticeBytes: 100 }
const counted = (p: { answers: number; emptyAnswers: number; elapsedMs: number }, notices: number, perPoll: number) => {
  const full = p.answers - p.emptyAnswers
  const bytes = p.answers * (400 + perPoll) + p.emptyAnswers * 260 + full * 250 + notices * 100 + (notices - full)
  return (bytes * 1000) / p.elapsedMs
}

test('polling carries the bytes counted in a simulation, short and long, payload and IP level', () => {
  const count = 100_000
  const short = simulateShortPolling({
    schedule: { count, ratePerSecond: 2 },
    cycleMs: () => 700,
    upMs: 50,
    downMs: 50,
  })
  const answers = shortPollingAnswers({ ratePerSecond: 2, cycleMs: 700 })
  const traffic = {
    ...sizes,
    ratePerSecond: 2,
    answersPerSecond: answers.requestsPerSecond,
    emptyShare: answers.emptyShare,
  }
  near(counted(short, count, 0), pollingBytesPerSecond(traffic))
  near(counted(short, count, 156), pollingBytesPerSecond({ ...traffic, segmentsPerPoll: 3 }))
  const long = simulateLongPolling({ schedule: { count, ratePerSecond: 2 }, upMs: 50, downMs: 50, holdMs: 800 })
  const model = longPolling({ ratePerSecond: 2, gapMs: 100, downMs: 50, holdMs: 800 })
  const { answersPerSecond, timeoutShare } = model
  near(
    counted(long, count, 0),
    pollingBytesPerSecond({ ...sizes, ratePerSecond: 2, answersPerSecond, emptyShare: timeoutShare }),
  )
})

test('push carries framing, notices, segments and heartbeats', () => {
  expect(pushBytesPerSecond({ ratePerSecond: 3, noticeBytes: 100, framingBytes: 2 })).toBe(306)
  expect(
    pushBytesPerSecond({
      ratePerSecond: 3,
      noticeBytes: 100,
      framingBytes: 2,
      segmentsPerPush: 2,
      heartbeatBytesPerSecond: 0.5,
    }),
  ).toBe(618.5)
})

test('push and short polling are equal where the crossover says, and cheaper on their sides of it', () => {
  expect(equalBytesNoticesPerCycle({ headerBytes: 420 })).toBeCloseTo((420 + 156) / 105, 12)
  const perCycle = equalBytesNoticesPerCycle({ headerBytes: 650 })
  const bytes = (noticesPerCycle: number) => {
    const simulated = simulateShortPolling({
      schedule: { count: 100_000, ratePerSecond: noticesPerCycle },
      cycleMs: () => 1000,
      upMs: 0,
      downMs: 0,
    })
    const full = simulated.answers - simulated.emptyAnswers
    return {
      poll: simulated.answers * (650 + 156) + 100_000 * 100 + (100_000 - full),
      push: 100_000 * (100 + 2 + 104),
    }
  }
  near(bytes(perCycle).poll, bytes(perCycle).push)
  expect(bytes(perCycle * 0.8).poll).toBeGreaterThan(bytes(perCycle * 0.8).push)
  expect(bytes(perCycle * 1.2).poll).toBeLessThan(bytes(perCycle * 1.2).push)
  expect(equalBytesNoticesPerCycle({ headerBytes: 1, segmentsPerPush: 0, framingBytes: 1 })).toBe(
    Number.POSITIVE_INFINITY,
  )
})

test("the field's 500:1 is arithmetic: 871 header bytes against 2", () => {
  expect(headerRatio({ headerBytes: 871, framingBytes: 2, noticesPerCycle: 1 })).toBe(435.5)
})

test('a parameter outside its domain is refused by name, rule and value', () => {
  expect(() => tlsOverheadBytes({ writeBytes: 0 })).toThrow(
    new RangeError('writeBytes must be a whole number from 1, got 0'),
  )
  expect(() => equalBytesNoticesPerCycle({ headerBytes: -1 })).toThrow(
    new RangeError('headerBytes must be a number above 0, got -1'),
  )
  expect(() => pollingBytesPerSecond({ ...sizes, ratePerSecond: 1, answersPerSecond: 1, emptyShare: 2 })).toThrow(
    new RangeError('emptyShare must be a number from 0 to 1, got 2'),
  )
})

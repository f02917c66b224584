// What a notice costs on each transport: sizes from captures, how often from the models.
import { describe, expect, it } from 'vitest'
import { shortPollingAnswers } from '../../results/model.ts'
import { pollingBytesPerSecond, sseFramingBytes, websocketHeaderBytes } from '../../results/model-bytes.ts'
import { eventsCapture, heldPollsCapture, notice, shortPollsCapture, webSocketCapture } from './capture.fixture.ts'
import { readingOf } from './reading.ts'
import { axisEnd, type Sizes, sharesOf, sizesOf } from './shares.ts'

const m = notice(1).length
const sumOf = (shares: object): number => Object.values(shares).reduce((sum, bytes) => sum + bytes, 0)

describe('sizes', () => {
  it('of a stream are what is around a notice, what is said once, and its signs of life', () => {
    expect(sizesOf(readingOf(webSocketCapture()))).toMatchObject({
      noticeBytes: m,
      pushed: { framingBytes: websocketHeaderBytes({ payloadBytes: m }), beatBytes: 2 + 6 },
    })
    expect(sizesOf(readingOf(eventsCapture()))?.pushed).toEqual({
      framingBytes: sseFramingBytes({ cursorBytes: 'abc.1'.length }),
      beatBytes: ':\n\n'.length,
    })
  })

  it('of polls are those of requests, heads and envelopes, and the gap between two', () => {
    const { polled } = sizesOf(readingOf(shortPollsCapture()))!
    expect(polled).toMatchObject({
      envelopeBytes: '{"cursor":"abc.2","missed":0,"notices":[]}'.length,
      gapMs: 998,
    })
    expect(sizesOf(readingOf(heldPollsCapture()))?.polled?.gapMs).toBe(5)
  })

  it('are none where no notice came', () => {
    const capture = shortPollsCapture()
    expect(sizesOf(readingOf({ ...capture, connections: capture.connections.slice(1) }))).toBeUndefined()
  })
})

describe('shares', () => {
  const polled: Sizes = {
    noticeBytes: 100,
    onceBytes: 0,
    polled: { requestBytes: 500, headBytes: 200, envelopeBytes: 40, emptyAnswerBytes: 250, gapMs: 4 },
  }
  const pushed: Sizes = { noticeBytes: 100, onceBytes: 700, pushed: { framingBytes: 2, beatBytes: 15 } }

  it.each([0.1, 1, 10])('of short polling add up to the model, at λT = %d', noticesPerInterval => {
    const shares = sharesOf(polled, true, { noticesPerInterval, intervalMs: 2000 })
    const ratePerSecond = noticesPerInterval / 2
    const { requestsPerSecond, emptyShare } = shortPollingAnswers({ ratePerSecond, cycleMs: 2000 })
    const model = pollingBytesPerSecond({
      ...{ ratePerSecond, emptyShare, answersPerSecond: requestsPerSecond },
      ...{ requestBytes: 500, emptyAnswerBytes: 250, fullAnswerBytes: 240, noticeBytes: 100 },
    })
    expect(sumOf(shares)).toBeCloseTo(model / ratePerSecond, 6)
    expect(shares.body).toBeCloseTo(100, 9)
  })

  it('of polls go to empty ones where little comes, and are shared where much does', () => {
    const at = (noticesPerInterval: number) => sharesOf(polled, true, { noticesPerInterval, intervalMs: 1000 })
    expect(at(0.1).empty).toBeGreaterThan(at(0.1).headers)
    expect(at(10).empty).toBeLessThan(1)
    expect(at(10).headers).toBeCloseTo(70, 0)
    // One held poll for each notice, whatever comes.
    const held = sharesOf(polled, false, { noticesPerInterval: 1, intervalMs: 1000 })
    expect(held.headers).toBeCloseTo(700, -1)
  })

  it('of a push do not depend on the rate but for signs of life', () => {
    const at = (noticesPerInterval: number) => sharesOf(pushed, false, { noticesPerInterval, intervalMs: 1000 })
    expect(at(10)).toMatchObject({ body: 100, framing: 2, headers: 0 })
    expect(at(10).empty).toBeCloseTo(0.1, 9)
    expect(at(0.1).empty).toBeCloseTo(10, 9)
  })
})

it.each([
  [84, 100],
  [101, 200],
  [913, 1000],
  [2001, 5000],
])('an axis for %d ends at %d', (value, end) => {
  expect(axisEnd(value)).toBe(end)
})

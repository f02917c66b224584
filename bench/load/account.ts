// Accounting: every notice of every subscriber is expected once; what came, when, twice, out of order or not at all.
import type { Distribution } from '../../results/estimate.ts'
import { type LatencyHistogram, newHistogram } from '../histogram.ts'
import { type Slice, type SliceOrder, slicesOf } from './slices.ts'

export interface Account {
  /** Subscriber `who` got the notice with place `index` in the schedule, as `seq`, at `atMs` from the schedule's start. */
  arrived(who: number, index: number, seq: number, atMs: number): void
  /** Arrivals so far, repeated ones not counted. */
  readonly delivered: number
  /** Whether every subscriber has every notice up to place `total`. */
  isComplete(total: number): boolean
  report(window: WindowOfNotices): AccountReport
  /** By subscriber, the longest that its stream stood still, ms: from one notice of the window to the next one that came, less what lay between
   * them when they were appended. 0 where each came as soon as the one before. */
  standstills(window: WindowOfNotices): Float64Array
}

/** Which notices count: places [from, to) of the schedule, with the times their latencies start from. */
export interface WindowOfNotices {
  readonly from: number
  readonly to: number
  readonly intendedMs: Float64Array
  readonly appendedMs: Float64Array
  /** Where the window is to be told slice by slice. */
  readonly slices?: SliceOrder | undefined
}

export interface AccountReport {
  readonly expected: number
  readonly delivered: number
  readonly lost: number
  readonly duplicated: number
  readonly outOfOrder: number
  /** Intended → received, and appended → received; the lost counted as infinite. */
  readonly latency: Distribution
  readonly delivery: Distribution
  /** Of each notice of the window, its first and its last arrival; NaN where it did not reach all. */
  readonly firstMs: Float64Array
  readonly lastMs: Float64Array
  readonly slices?: readonly Slice[]
}

/** For `subscribers` × `notices` arrivals; 8 bytes each. */
export function newAccount(subscribers: number, notices: number): Account {
  const receivedMs = new Float64Array(subscribers * notices).fill(Number.NaN)
  const lastSeq = new Float64Array(subscribers)
  let delivered = 0
  let duplicated = 0
  let outOfOrder = 0

  return {
    arrived(who, index, seq, atMs) {
      const at = who * notices + index
      if (seq <= lastSeq[who]!) outOfOrder++
      else lastSeq[who] = seq
      if (!Number.isNaN(receivedMs[at]!)) {
        duplicated++
        return
      }
      receivedMs[at] = atMs
      delivered++
    },
    get delivered() {
      return delivered
    },
    isComplete: total => delivered >= subscribers * total,
    report({ from, to, intendedMs, appendedMs, slices }) {
      const latency = newHistogram()
      const delivery = newHistogram()
      let lost = 0
      for (let who = 0; who < subscribers; who++) {
        for (let index = from; index < to; index++) {
          const at = receivedMs[who * notices + index]!
          if (Number.isNaN(at)) {
            lost++
            continue
          }
          record(latency, at - intendedMs[index]!)
          record(delivery, at - appendedMs[index]!)
        }
      }
      const firstMs = new Float64Array(to - from).fill(Number.NaN)
      const lastMs = new Float64Array(to - from).fill(Number.NaN)
      for (let index = from; index < to; index++) {
        let first = Number.POSITIVE_INFINITY
        let last = Number.NEGATIVE_INFINITY
        // A comparison with NaN is false, so a lost one must be looked for.
        let all = true
        for (let who = 0; who < subscribers; who++) {
          const at = receivedMs[who * notices + index]!
          if (Number.isNaN(at)) all = false
          if (at < first) first = at
          if (at > last) last = at
        }
        if (!all || subscribers === 0) continue
        firstMs[index - from] = first
        lastMs[index - from] = last
      }
      latency.addInfinite(lost)
      delivery.addInfinite(lost)
      const expected = subscribers * (to - from)
      return {
        expected,
        delivered: expected - lost,
        lost,
        duplicated,
        outOfOrder,
        latency: latency.distribution(),
        delivery: delivery.distribution(),
        firstMs,
        lastMs,
        ...(slices && { slices: slicesOf(receivedMs, appendedMs, notices, slices) }),
      }
    },
    standstills({ from, to, appendedMs }) {
      const longestMs = new Float64Array(subscribers)
      for (let who = 0; who < subscribers; who++) {
        let lateMs = Number.NaN
        for (let index = from; index < to; index++) {
          const nowLateMs = receivedMs[who * notices + index]! - appendedMs[index]!
          // One that did not come lengthens the wait for the next.
          if (Number.isNaN(nowLateMs)) continue
          if (nowLateMs - lateMs > longestMs[who]!) longestMs[who] = nowLateMs - lateMs
          lateMs = nowLateMs
        }
      }
      return longestMs
    },
  }
}

const record = (histogram: LatencyHistogram, ms: number): void => histogram.record(ms * 1000)

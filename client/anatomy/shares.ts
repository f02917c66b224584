// What one notice costs on a transport, by what its bytes are for: sizes as they were captured, how often each is paid as the models say.
import { longPolling, shortPollingAnswers } from '../../results/model.ts'
import { pollingBytesPerSecond, pushBytesPerSecond } from '../../results/model-bytes.ts'
import { limits } from '../../server/protocol.ts'
import type { Role } from '../codecs/part.ts'
import { type Entry, otherHalfOf, type Reading, sizeOf } from './reading.ts'
import { noticeBytesOf } from './words.ts'

/** Sizes in bytes, each the mean over a capture. */
export interface Sizes {
  readonly noticeBytes: number
  /** What goes over a connection before its first notice, and never again: handshake, head of an endless answer, first position. */
  readonly onceBytes: number
  /** Where the server speaks unasked: bytes around a notice, and one round of signs of life. */
  readonly pushed?: { readonly framingBytes: number; readonly beatBytes: number }
  readonly polled?: {
    readonly requestBytes: number
    /** Head of an answer with notices. */
    readonly headBytes: number
    /** Around the notices of an answer, separators left out. */
    readonly envelopeBytes: number
    /** Whole answer without a notice. */
    readonly emptyAnswerBytes: number
    /** From an answer to the next request, ms. */
    readonly gapMs: number
  }
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** The sizes of a capture; undefined where it has no notice in it. */
export function sizesOf(reading: Reading): Sizes | undefined {
  const { entries } = reading
  const down = entries.filter(({ message }) => message.way === 'down')
  const withNotices = down.filter(({ message }) => message.seqs.length > 0)
  const first = withNotices[0]
  if (!first) return undefined
  const notices = withNotices.reduce((sum, { message }) => sum + message.seqs.length, 0)
  const noticeBytes = withNotices.reduce((sum, each) => sum + noticeBytesOf(each), 0) / notices
  const pushed = withNotices.filter(({ message }) => message.kind === 'message')
  if (pushed.length > 0) {
    const around = pushed.reduce((sum, each) => sum + sizeOf(each.message) - noticeBytesOf(each), 0)
    const before = entries.filter(
      ({ number, connection, message }) =>
        connection === pushed[0]!.connection && number < pushed[0]!.number && message.kind !== 'heartbeat',
    )
    return {
      noticeBytes,
      onceBytes: before.reduce((sum, { message }) => sum + sizeOf(message), 0),
      pushed: { framingBytes: around / notices, beatBytes: beatBytesOf(entries) },
    }
  }
  return { noticeBytes, onceBytes: 0, polled: polledSizes(reading, withNotices) }
}

/** A round of signs of life: of each that there is, its mean. */
function beatBytesOf(entries: readonly Entry[]): number {
  const sizes = new Map<string, number[]>()
  for (const { message } of entries) {
    if (message.kind !== 'heartbeat') continue
    const key = `${message.way} ${message.title}`
    sizes.set(key, [...(sizes.get(key) ?? []), sizeOf(message)])
  }
  return [...sizes.values()].reduce((sum, values) => sum + mean(values), 0)
}

function polledSizes(reading: Reading, full: readonly Entry[]): NonNullable<Sizes['polled']> {
  const { entries } = reading
  const empty = entries.filter(({ message }) => message.kind === 'empty answer')
  const polls = [...full, ...empty]
    .flatMap(answer => otherHalfOf(answer, reading) ?? [])
    .toSorted((a, b) => a.number - b.number)
  const gaps = polls.flatMap(({ message, number }, at) => {
    const before = at > 0 ? otherHalfOf(polls[at - 1]!, reading) : undefined
    return before && before.number < number ? [message.fromMs - before.message.toMs] : []
  })
  const headBytes = ({ message: { head } }: Entry): number => (head ? head.to - head.from : 0)
  const separators = ({ message: { seqs } }: Entry): number => seqs.length - 1
  return {
    requestBytes: mean(polls.map(({ message }) => sizeOf(message))),
    headBytes: mean(full.map(headBytes)),
    envelopeBytes: mean(
      full.map(each => sizeOf(each.message) - headBytes(each) - noticeBytesOf(each) - separators(each)),
    ),
    emptyAnswerBytes: mean(empty.map(({ message }) => sizeOf(message))),
    gapMs: median(gaps),
  }
}

/** Signs of life come at least so often (server/README.md, "Delivery"). */
const BEAT_MS = 15_000

export interface Load {
  /** λT: in one interval of a poller. */
  readonly noticesPerInterval: number
  /** T. */
  readonly intervalMs: number
}

/**
 * Bytes a notice by what they are for, under a load. `isTimed`: polls on a timer, else a poll is held. The models are sums that are linear in
 * each size, so that each share is the model with the other sizes left out (results/models.md, "Bytes").
 */
export function sharesOf(
  sizes: Sizes,
  isTimed: boolean,
  { noticesPerInterval, intervalMs }: Load,
): Record<Role, number> {
  const ratePerSecond = (noticesPerInterval * 1000) / intervalMs
  const { noticeBytes, pushed, polled } = sizes
  if (pushed) {
    const share = (part: { noticeBytes?: number; framingBytes?: number; heartbeatBytesPerSecond?: number }): number =>
      pushBytesPerSecond({ ratePerSecond, noticeBytes: 0, framingBytes: 0, ...part }) / ratePerSecond
    return {
      body: share({ noticeBytes }),
      framing: share({ framingBytes: pushed.framingBytes }),
      headers: 0,
      empty: share({ heartbeatBytesPerSecond: (pushed.beatBytes * 1000) / BEAT_MS }),
    }
  }
  const { requestBytes, headBytes, envelopeBytes, emptyAnswerBytes, gapMs } = polled!
  const { answersPerSecond, emptyShare } = pollsOf(isTimed, ratePerSecond, intervalMs, gapMs)
  const share = (part: Partial<Parameters<typeof pollingBytesPerSecond>[0]>): number =>
    pollingBytesPerSecond({
      ...{ ratePerSecond, answersPerSecond, emptyShare },
      ...{ requestBytes: 0, emptyAnswerBytes: 0, fullAnswerBytes: 0, noticeBytes: 0, separatorBytes: 0 },
      ...part,
    }) / ratePerSecond
  return {
    body: share({ noticeBytes }),
    framing: share({ fullAnswerBytes: envelopeBytes, separatorBytes: 1 }),
    headers: share({ fullAnswerBytes: requestBytes + headBytes }),
    empty: share({ emptyAnswerBytes: requestBytes + emptyAnswerBytes }),
  }
}

function pollsOf(isTimed: boolean, ratePerSecond: number, intervalMs: number, gapMs: number) {
  if (isTimed) {
    const { requestsPerSecond, emptyShare } = shortPollingAnswers({ ratePerSecond, cycleMs: intervalMs })
    return { answersPerSecond: requestsPerSecond, emptyShare }
  }
  const { answersPerSecond, timeoutShare } = longPolling({
    ...{ ratePerSecond, gapMs, downMs: 0 },
    holdMs: limits.waitMs.default,
  })
  return { answersPerSecond, emptyShare: timeoutShare }
}

/** The end of an axis from 0 that holds `value`: 1, 2 or 5 with zeros. */
export function axisEnd(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map(step => step * power).find(end => end >= value) ?? 10 * power
}

// Order, exactly once and visible loss for one subscriber: every transport hands what arrives to this, and asks it where to resume.
import { formatCursor, type Missed, type Notice, parseCursor } from '../server/protocol.ts'
import type { SubscriberTally, Subscription } from './transports/transport.ts'

export interface Ordering {
  /** What to send as `after`; undefined = from now on. Right at any moment, also with no notice seen yet. */
  after(): string | undefined
  /** Notices handed to the subscriber so far. */
  delivered(): number
  /** The first message of a stream or a later hole. Throws where `value` is not a position. */
  position(value: unknown): void
  /** One notice of a stream; `id` is its SSE id where it has one. Throws where it is no notice, or comes before the first position. */
  notice(value: unknown, id?: string): void
  /** A polling answer. Throws where it is none. */
  answer(value: unknown): void
  /** No handler runs from now on, not even for the rest of an answer. */
  stop(): void
}

/** The ordering state of a subscription. Every method also throws what the subscription's own handlers throw. */
export function createOrdering(
  subscription: Pick<Subscription, 'after' | 'onNotice' | 'onGap' | 'onPosition'>,
  tally: SubscriberTally,
): Ordering {
  const { onNotice, onGap, onPosition } = subscription
  const resumed = subscription.after === undefined ? undefined : parseCursor(subscription.after)
  let text = subscription.after
  let epoch = resumed?.epoch
  let seq = resumed?.seq ?? 0
  let delivered = 0
  let over = false

  /** To the position just before the next notice. A server that skips without saying so is caught here: the jump itself is the loss. */
  function moveTo(nextEpoch: string, nextSeq: number, missed: Missed): void {
    let lost = missed
    const isFirst = epoch === undefined
    if (epoch !== undefined) {
      if (epoch !== nextEpoch) lost = null
      else if (missed !== null) lost = Math.max(missed, nextSeq - seq)
    }
    // Never backwards within an epoch: what a server repeats was delivered already and will be dropped.
    if (epoch !== nextEpoch || nextSeq > seq) {
      epoch = nextEpoch
      seq = nextSeq
      text = formatCursor(epoch, seq)
    }
    if (isFirst && !over) onPosition?.(text!)
    if (lost !== 0 && !over) onGap?.(lost, text!)
  }

  function deliver(notice: Notice): void {
    if (notice.seq <= seq) {
      tally.duplicates++
      return
    }
    if (notice.seq !== seq + 1) moveTo(epoch!, notice.seq - 1, 0)
    if (over) return
    // Before the handler runs: one that throws or resumes elsewhere must not see the notice as still to come.
    seq = notice.seq
    text = formatCursor(epoch!, seq)
    delivered++
    onNotice(notice, text)
  }

  return {
    after: () => text,
    delivered: () => delivered,
    position(value) {
      const { cursor, missed } = (value ?? {}) as { cursor?: unknown; missed?: unknown }
      const at = typeof cursor === 'string' ? parseCursor(cursor) : undefined
      if (!at || !isMissed(missed)) throw new Error(`a position must be {"cursor","missed"}, got ${show(value)}`)
      moveTo(at.epoch, at.seq, missed)
    },
    notice(value, id) {
      if (!isNotice(value)) throw new Error(`a notice must be {"seq","at","body"}, got ${show(value)}`)
      if (epoch === undefined || text === undefined)
        throw new Error(`notice ${value.seq} came before the first position`)
      tally.deliveries++
      if (id !== undefined && id !== formatCursor(epoch, value.seq)) {
        const at = parseCursor(id)
        if (!at || at.seq !== value.seq)
          throw new Error(`notice ${value.seq} must carry its cursor as id, got ${show(id)}`)
        moveTo(at.epoch, at.seq - 1, 0)
      }
      if (!over) deliver(value)
    },
    answer(value) {
      const { cursor, missed, notices } = (value ?? {}) as { cursor?: unknown; missed?: unknown; notices?: unknown }
      if (!Array.isArray(notices))
        throw new Error(`an answer must be {"cursor","missed","notices"}, got ${show(value)}`)
      if (notices.length === 0) {
        tally.emptyAnswers++
        // The usual empty poll: nothing moved, nothing to parse.
        if (epoch !== undefined && cursor === text && missed === 0) return
      }
      const at = typeof cursor === 'string' ? parseCursor(cursor) : undefined
      if (!at || !isMissed(missed))
        throw new Error(`an answer must be {"cursor","missed","notices"}, got ${show(value)}`)
      if (notices.length === 0) {
        moveTo(at.epoch, at.seq, missed)
        return
      }
      tally.deliveries++
      for (let index = 0; index < notices.length; index++) {
        const notice: unknown = notices[index]
        if (!isNotice(notice)) throw new Error(`a notice must be {"seq","at","body"}, got ${show(notice)}`)
        if (index === 0) moveTo(at.epoch, notice.seq - 1, missed)
        if (!over) deliver(notice)
      }
      if (!over && at.seq > seq) moveTo(at.epoch, at.seq, 0)
    },
    stop() {
      over = true
    },
  }
}

const isMissed = (value: unknown): value is Missed =>
  value === null || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)

function isNotice(value: unknown): value is Notice {
  if (typeof value !== 'object' || value === null) return false
  const { seq, at, body } = value as { seq?: unknown; at?: unknown; body?: unknown }
  return Number.isSafeInteger(seq) && (seq as number) > 0 && typeof at === 'number' && body !== undefined
}

/** A value for an error message, cut to 120 characters. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

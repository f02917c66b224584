// Closed-form predictions of bytes: framing, TLS records, bytes per second of push and of polling, and where the two are equal.
// Three levels, never mixed: TCP payload with `segmentsPer… = 0` (the default), IP level with the segments counted in the same run.
import { nonNegative, positive, share, whole } from './domain.ts'

/**
 * Header bytes of one WebSocket frame: 2 for a payload up to 125 B, 4 up to 65,535 B, 10 above; 4 more where masked (client → server).
 * Source: RFC 6455 §5.2. Domain: payload a whole number of bytes from 0, in one frame.
 */
export const websocketHeaderBytes = (p: { payloadBytes: number; masked?: boolean }): number => {
  const length = whole('payloadBytes', p.payloadBytes)
  return (length <= 125 ? 2 : length <= 65_535 ? 4 : 10) + (p.masked ? 4 : 0)
}

/**
 * Bytes around one notice as Socket.IO's event on a WebSocket: `42["notice",` and `]`, and the frame's header, which those 13 bytes may lengthen.
 * Source: Engine.IO protocol 4 (4 = message), Socket.IO protocol 5 (2 = event, a JSON array, nothing for the main namespace).
 */
export const socketIoFramingBytes = (p: { noticeBytes: number }): number => {
  const around = '42["notice",]'.length
  return around + websocketHeaderBytes({ payloadBytes: whole('noticeBytes', p.noticeBytes, 1) + around })
}

/**
 * Bytes around the data of one Server-Sent Event that carries an id: `id: CURSOR\n`, `data: `, `\n\n`, that is 13 and the cursor.
 * Source: counted. Domain: data of a single line, default event type, before HTTP's own chunking (`chunkFramingBytes`).
 */
export const sseFramingBytes = (p: { cursorBytes: number }): number => 13 + whole('cursorBytes', p.cursorBytes, 1)

/**
 * Bytes around one chunk of an HTTP/1.1 body without a length: the size in hexadecimal and two line ends.
 * Source: RFC 9112 §7.1. Domain: a whole number of bytes from 1 (0 would end the body).
 */
export const chunkFramingBytes = (p: { chunkBytes: number }): number =>
  whole('chunkBytes', p.chunkBytes, 1).toString(16).length + 4

/**
 * Bytes TLS 1.3 adds to one write: 22 a record (header 5, content type 1, tag 16), a record carrying at most 16,384 B.
 * Source: RFC 8446 §5.1–5.2, AEADs with a 16-byte tag. Domain: no padding, one record per write of up to 16 KiB.
 */
export const tlsOverheadBytes = (p: { writeBytes: number }): number =>
  22 * Math.ceil(whole('writeBytes', p.writeBytes, 1) / 16_384)

interface PushTraffic {
  /** λ. */
  ratePerSecond: number
  /** m, the encoded notice. */
  noticeBytes: number
  /** h, per notice. */
  framingBytes: number
  heartbeatBytesPerSecond?: number
  /** Segments on the wire per notice, acknowledgements included (2 where each notice is a write of its own). */
  segmentsPerPush?: number
  /** Bytes of IP and TCP header per segment. */
  segmentBytes?: number
}

/**
 * Bytes/s of one SSE or WebSocket subscriber: λ(h + m + segments · 52) + heartbeats. Source: counted.
 * Domain: one write per notice that fits a segment, no coalescing; connection set-up apart.
 */
export const pushBytesPerSecond = (p: PushTraffic): number => {
  const perNotice =
    nonNegative('noticeBytes', p.noticeBytes) +
    nonNegative('framingBytes', p.framingBytes) +
    segments(p.segmentsPerPush, p.segmentBytes)
  return (
    nonNegative('ratePerSecond', p.ratePerSecond) * perNotice +
    nonNegative('heartbeatBytesPerSecond', p.heartbeatBytesPerSecond ?? 0)
  )
}

interface PollTraffic {
  /** λ. */
  ratePerSecond: number
  /** 1/C of short polling, μ of long polling. */
  answersPerSecond: number
  /** Share of answers without a notice: e^(−λC), or long polling's timeouts. */
  emptyShare: number
  /** Hq. */
  requestBytes: number
  /** H_empty: headers and body of an answer without a notice. */
  emptyAnswerBytes: number
  /** H_full: headers and envelope of an answer with notices, without these. */
  fullAnswerBytes: number
  /** m, the encoded notice. */
  noticeBytes: number
  /** Between two notices of an answer (a comma). */
  separatorBytes?: number
  /** Segments on the wire per poll, acknowledgements included (3 for a short poll: request, answer, its acknowledgement). */
  segmentsPerPoll?: number
  /** Bytes of IP and TCP header per segment. */
  segmentBytes?: number
}

/**
 * Bytes/s of one polling subscriber, short or long: answers/s · (Hq + empty·H_empty + full·H_full + segments · 52) + λm, and a separator for
 * each notice but the first of an answer. Source: counted.
 * Domain: one kept-alive connection; at IP level requests and answers that fit a segment each (under 1,400 B).
 */
export const pollingBytesPerSecond = (p: PollTraffic): number => {
  const rate = nonNegative('ratePerSecond', p.ratePerSecond)
  const answers = nonNegative('answersPerSecond', p.answersPerSecond)
  const full = 1 - share('emptyShare', p.emptyShare)
  const perAnswer =
    nonNegative('requestBytes', p.requestBytes) +
    p.emptyShare * nonNegative('emptyAnswerBytes', p.emptyAnswerBytes) +
    full * nonNegative('fullAnswerBytes', p.fullAnswerBytes) +
    segments(p.segmentsPerPoll, p.segmentBytes, 'segmentsPerPoll')
  const separators = nonNegative('separatorBytes', p.separatorBytes ?? 1) * Math.max(0, rate - answers * full)
  return answers * perAnswer + rate * nonNegative('noticeBytes', p.noticeBytes) + separators
}

const segments = (count = 0, bytes = 52, name = 'segmentsPerPush'): number =>
  nonNegative(name, count) * nonNegative('segmentBytes', bytes)

/**
 * λT at which short polling and push carry the same bytes: (H + polls' segments · 52)/(pushes' segments · 52 + h − separator), so
 * (H + 156)/105 with the counts of a quiet loopback; below it push carries less. Source: `pushBytesPerSecond` = `pollingBytesPerSecond`,
 * where an empty poll is as long as a full one and a byte per answer is neglected. Domain: as there, without heartbeats;
 * Infinity where a push costs no more than a separator. H = all header bytes of a poll, both ways, with the answer's envelope.
 */
export const equalBytesNoticesPerCycle = (p: {
  headerBytes: number
  segmentsPerPoll?: number
  segmentsPerPush?: number
  segmentBytes?: number
  framingBytes?: number
  separatorBytes?: number
}): number => {
  const perPoll =
    positive('headerBytes', p.headerBytes) + segments(p.segmentsPerPoll ?? 3, p.segmentBytes, 'segmentsPerPoll')
  const perPush =
    segments(p.segmentsPerPush ?? 2, p.segmentBytes) +
    nonNegative('framingBytes', p.framingBytes ?? 2) -
    nonNegative('separatorBytes', p.separatorBytes ?? 1)
  return perPush > 0 ? perPoll / perPush : Number.POSITIVE_INFINITY
}

/**
 * Header bytes of short polling for one header byte of push: H/(λT·h). Source: the arithmetic of Lubbers & Greco, who take λT = 1 and h = 2
 * (871/2 = 435.5). Domain: headers only, all above 0.
 */
export const headerRatio = (p: { headerBytes: number; framingBytes: number; noticesPerCycle: number }): number =>
  positive('headerBytes', p.headerBytes) /
  (positive('framingBytes', p.framingBytes) * positive('noticesPerCycle', p.noticesPerCycle))

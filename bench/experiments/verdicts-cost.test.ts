// The verdicts of claims about bytes, arrivals, upstream messages, CPU, connections and stalls, on evidence made for each of them.
import { expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { type Change, only, slowed } from './made-up/evidence.fixture.ts'
import { judged } from './made-up/verdict.fixture.ts'

/** So many bytes more for each poll, or each write: in the head, on the wire, and in all. */
const heavier =
  (bytes: number): Change =>
  cell => {
    const more = Math.round(bytes * (cell.requests || cell.noticesWritten))
    const { parts = {}, ip } = cell
    return {
      ...cell,
      bytesOut: cell.bytesOut + more,
      parts: { ...parts, headers: (parts.headers ?? 0) + more },
      ...(ip && { ip: { ...ip, bytes: ip.bytes + more } }),
    }
  }
/** So many segments more for each poll, or each write. */
const chattier =
  (segments: number): Change =>
  cell => {
    const more = Math.round(segments * (cell.requests || cell.noticesWritten))
    return { ...cell, ip: { segments: cell.ip!.segments + more, bytes: cell.ip!.bytes + 52 * more } }
  }
const framed =
  (bytes: number): Change =>
  cell => ({
    ...cell,
    bytesOut: cell.bytesOut + bytes * cell.noticesWritten,
    parts: { ...cell.parts, framing: cell.parts!.framing! + bytes * cell.noticesWritten },
  })
const arrived =
  (way: 'cold' | 'resumed', times: { ms?: number; bytes?: number }): Change =>
  cell => {
    const { meanMs, maxMs, bytes } = cell.first![way]
    const changed = {
      meanMs: meanMs * (times.ms ?? 1),
      maxMs: maxMs * (times.ms ?? 1),
      bytes: bytes * (times.bytes ?? 1),
    }
    return { ...cell, first: { ...cell.first!, [way]: changed } }
  }
const both =
  (...changes: Change[]): Change =>
  (cell, scenario) =>
    changes.reduce<Cell | null>((changed, change) => changed && change(changed, scenario), cell)
const busier =
  (times: number): Change =>
  cell => ({
    ...cell,
    server: { ...cell.server, cpuUs: Math.round(cell.server.cpuUs * times) },
  })
const beyond =
  (ms: number): Change =>
  cell =>
    slowed(cell, 1 + ms / (cell.delivery!.meanUs! / 1000))
const longer =
  (bytes: number): Change =>
  cell => ({
    ...cell,
    upstream: { ...cell.upstream!, bytesIn: cell.upstream!.bytesIn + bytes * cell.upstream!.messages },
  })
const later =
  (times: number): Change =>
  cell =>
    slowed(cell, times, 'latency')
/** Cells that alternate between two extremes: an interval too wide to say anything. */
const scattered =
  (change: Change): Change =>
  (cell, scenario) =>
    cell.round % 2 ? change(cell, scenario) : cell

/** Spreads that lie off their line, which stays the one it is: shifts that are orthogonal to a constant and to N. */
const bent: Change = (cell, { clients }) => ({
  ...cell,
  spreadMs: 12 + cell.spreadMs! + 3 * ({ 100: 2, 200: -3, 400: 1 }[clients] ?? 0),
})

const table: [string, string, string, Change | undefined][] = [
  ['rate', 'reproduced', 'as the model says', undefined],
  ['rate', 'refuted', 'where polls grow with the rate', only('short-polling', heavier(60), /r12/)],
  ['rate', 'refuted', 'where frames do', only('websocket', framed(8), /r12/)],
  ['rate', 'inconclusive', 'where rounds scatter', only('short-polling', scattered(heavier(100)), /r1-/)],

  ['segments', 'reproduced', 'as the model says', undefined],
  ['segments', 'refuted', 'where a push takes three', only('websocket', chattier(1))],
  ['segments', 'refuted', 'where a poll takes four', only('short-polling', chattier(1))],
  ['segments', 'refuted', 'where time stamps are off', only('websocket', cell => lessOnWire(cell, 12))],
  ['segments', 'inconclusive', 'where rounds scatter', only('short-polling', scattered(chattier(1)))],

  ['headers-500', 'refuted', 'as the model says', undefined],
  ['headers-500', 'reproduced', 'where heads are a kilobyte', only('short-polling', heavier(240), /^((?!bare).)*$/)],
  ['headers-500', 'inconclusive', 'where they are more than claimed', only('short-polling', heavier(1300))],
  ['headers-500', 'inconclusive', 'where rounds scatter', only('short-polling', scattered(heavier(500)))],

  ['always-fewer-bytes', 'qualified', 'as the model says', undefined],
  ['always-fewer-bytes', 'reproduced', 'where polls are four times as long', only('short-polling', heavier(2400))],
  ['always-fewer-bytes', 'refuted', 'where pushes are a kilobyte', only('websocket', heavier(1000))],
  ['always-fewer-bytes', 'inconclusive', 'where they cross elsewhere', only('websocket', chattier(1))],
  ['always-fewer-bytes', 'inconclusive', 'where rounds scatter', only('websocket', scattered(chattier(0.8)))],

  ['sse-framing', 'reproduced', 'as the model says', undefined],
  ['sse-framing', 'refuted', 'where an event has no frame', only('sse', framed(-33))],
  ['sse-framing', 'inconclusive', 'where an event has a byte more', only('sse', framed(1))],
  ['sse-framing', 'inconclusive', 'where a frame has a byte more', only('websocket', framed(1), /b65536/)],

  ['idle', 'reproduced', 'as the model says', undefined],
  ['idle', 'refuted', 'where signs of life are twice as often', only('websocket', cell => weighing(cell, 2))],
  [
    'idle',
    'refuted',
    'where polls are half as often',
    only('short-polling', cell => ({ ...cell, requests: cell.requests / 2 })),
  ],
  [
    'idle',
    'inconclusive',
    'where rounds scatter',
    only(
      'sse',
      scattered(cell => weighing(cell, 1.2)),
    ),
  ],

  ['connect', 'refuted', 'as the model says', undefined],
  [
    'connect',
    'reproduced',
    'where a WebSocket takes three round trips',
    only('websocket', both(arrived('cold', { ms: 1.5 }), arrived('resumed', { ms: 1.5 }))),
  ],
  ['connect', 'inconclusive', 'where it does so only anew', only('websocket', arrived('cold', { ms: 1.5 }))],

  ['connect-bytes', 'refuted', 'where a handshake is shorter than a poll', undefined],
  [
    'connect-bytes',
    'reproduced',
    'where it is longer',
    only('websocket', both(arrived('cold', { bytes: 1.3 }), arrived('resumed', { bytes: 1.3 }))),
  ],
  ['connect-bytes', 'inconclusive', 'where it is so only anew', only('websocket', arrived('cold', { bytes: 1.3 }))],

  ['full-duplex', 'reproduced', 'as the model says', undefined],
  ['full-duplex', 'refuted', 'where a frame takes more CPU', only('websocket', busier(4))],
  ['full-duplex', 'refuted', 'where a frame is longer', only('websocket', longer(900))],
  ['full-duplex', 'inconclusive', 'where a frame is not to the byte', only('websocket', longer(1))],
  ['full-duplex', 'inconclusive', 'where the windows hold too little CPU', busier(0.3)],

  ['ramp', 'reproduced', 'as the model says', undefined],
  ['ramp', 'refuted', 'where all are reached at once', cell => ({ ...cell, spreadMs: 2 + cell.round })],
  ['ramp', 'refuted', 'where turns are longer', cell => ({ ...cell, spreadMs: cell.spreadMs! * 1.3 })],
  ['ramp', 'refuted', 'where it is no line', bent],
  ['ramp', 'inconclusive', 'where it is none in some rounds', scattered(bent)],
  ['ramp', 'inconclusive', 'where rounds scatter', scattered(cell => ({ ...cell, spreadMs: cell.spreadMs! * 1.3 }))],
  ['ramp', 'inconclusive', 'where the windows hold too little CPU', busier(0.3)],

  ['keepalive-step', 'refuted', 'as the model says', undefined],
  ['keepalive-step', 'reproduced', 'where a connect is waited for', only('short-polling', beyond(100), /t[35]500/)],
  ['keepalive-step', 'inconclusive', 'where only one of them is', only('short-polling', beyond(100), /t3500/)],
  ['keepalive-step', 'inconclusive', 'where rounds scatter', only('short-polling', scattered(beyond(100)), /t[35]500/)],
  [
    'keepalive-step',
    'inconclusive',
    'where no connection was opened',
    only('short-polling', cell => ({ ...cell, connectionsOpened: 0 })),
  ],

  ['omission', 'reproduced', 'as the model says', undefined],
  ['omission', 'refuted', 'where the naive loop sees it', only('websocket', cell => slowed(cell, 3, 'naive'), /stall/)],
  ['omission', 'refuted', 'where nobody does', only('websocket', cell => slowed(cell, 0.5, 'latency'), /stall/)],
  [
    'omission',
    'inconclusive',
    'where rounds scatter',
    only(
      'websocket',
      scattered(cell => slowed(cell, 0.3, 'latency')),
      /stall/,
    ),
  ],

  ['graceful', 'qualified', 'as the model says', undefined],
  ['graceful', 'reproduced', 'where one write for all does not help', only('websocket', later(5), /^((?!single).)*$/)],
  ['graceful', 'inconclusive', 'where WebSocket is never overtaken', only('long-polling', later(9))],

  ['scale', 'reproduced', 'as the model says', undefined],
  ['scale', 'refuted', 'where a turn takes twice its CPU', only('sse', later(2), /n1000/)],
  ['scale', 'inconclusive', 'where the windows hold too little CPU', busier(0.3)],

  ['sse-slower', 'refuted', 'as the model says', undefined],
  ['sse-slower', 'reproduced', 'where SSE takes twice as long', only('sse', cell => slowed(cell, 2))],
  [
    'sse-slower',
    'inconclusive',
    'where it is a little later than its CPU says',
    only('sse', cell => slowed(cell, 1.2)),
  ],
]

/** Headers of segments that many bytes shorter. */
const lessOnWire = (cell: Cell, bytes: number): Cell => ({
  ...cell,
  ip: { segments: cell.ip!.segments, bytes: cell.ip!.bytes - bytes * cell.ip!.segments },
})
const weighing = (cell: Cell, times: number): Cell => ({
  ...cell,
  bytesIn: Math.round(cell.bytesIn * times),
  bytesOut: Math.round(cell.bytesOut * times),
})

test.each(table)('the verdict of %s is %s %s', (id, verdict, _, change) => {
  const claim = judged(id, change)
  expect(claim.verdict, claim.why).toBe(verdict)
  expect(claim.why).toMatch(/\d/)
})

test.each(table)('a single round says nothing of %s: not %s %s', (id, _, __, change) => {
  const claim = judged(id, change, 1)
  expect(claim.verdict, claim.why).toBe('inconclusive')
})

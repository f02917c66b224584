// The machine of made-up evidence: what its messages weigh and what its client and server take, so that the models can be asked about it.
import type { Cell } from '../../../results/cell.ts'
import { socketIoFramingBytes, sseFramingBytes, websocketHeaderBytes } from '../../../results/model-bytes.ts'
import type { Scenario } from '../../../results/scenario.ts'

/** The client's think time and what else a round trip takes beyond the emulated one. */
export const THINK_MS = 2
export const CURSOR_BYTES = 20
/** CPU of a publication. */
const PUBLISH_US = 30
/** Of a delivery by push, or of a poll. */
const SERVICE_US: Readonly<Record<string, number>> = { websocket: 25, sse: 26, 'socket-io': 27 }
const POLL_US = 100

/** A poll's heads both ways, without its envelope. */
const headBytes = ({ headerProfile }: Scenario): number => (headerProfile === 'bare' ? 280 : 740)
const ENVELOPE_BYTES = 20
const noticeBytes = ({ bodyBytes }: Scenario): number => bodyBytes + 38

/** A sign of life every 15 s less 2 %: a comment, or a ping and its pong, and on a WebSocket the position where nothing else is sent. */
const HEARTBEAT_MS = 14_700
const beatBytes: Readonly<Record<string, { down: number; up: number; segments: number }>> = {
  sse: { down: 3, up: 0, segments: 2 },
  websocket: { down: 2, up: 6, segments: 4 },
  'socket-io': { down: 3, up: 7, segments: 4 },
}
const POSITION_BYTES = 38

const SEGMENT_BYTES = 52
const segmentsOfPoll: Readonly<Record<string, number>> = { 'short-polling': 3, 'long-polling': 4 }
const SEGMENTS_OF_PUSH = 2
/** Of a record of TLS 1.3 (RFC 8446, section 5.2), and CPU of sealing or opening one. */
const RECORD = { bytes: 22, us: 3 }
const none = { up: 0, down: 0, us: 0 }
/** What the host exchanges with itself besides. */
const HOST = { segmentsPerSecond: 3, bytesPerSecond: 900 }

export const serviceUs = (transport: string, { burnUs = 0 }: Scenario): number =>
  (SERVICE_US[transport] ?? POLL_US) + burnUs

/** Polls that a saturated thread answers in a window, publishing taken off. */
export const mostPolls = (transport: string, scenario: Scenario, published: number): number =>
  Math.floor((scenario.windowMs * 1000 - published * PUBLISH_US) / serviceUs(transport, scenario))

/** The cell with the bytes of what it says was asked and written, by part and as IP packets, and with the server's CPU for it. */
export function withCosts(cell: Cell, scenario: Scenario): Cell {
  const { transport, published, requests, emptyAnswers, noticesWritten, windowMs } = cell
  const seconds = windowMs / 1000
  const publishUs = published * PUBLISH_US
  const host = {
    segments: Math.round(HOST.segmentsPerSecond * seconds),
    bytes: Math.round(HOST.bytesPerSecond * seconds),
  }
  if (transport === null)
    return { ...cell, ...(scenario.rttMs === 0 && { ip: host }), server: { ...cell.server, cpuUs: publishUs } }
  const full = requests - emptyAnswers
  const isPolled = transport in segmentsOfPoll
  const beat = { ...(beatBytes[transport] ?? { down: 0, up: 0, segments: 0 }) }
  if (transport === 'websocket' && scenario.ratePerSecond === 0) beat.down += POSITION_BYTES
  const beats = Math.round((scenario.clients * windowMs) / HEARTBEAT_MS)
  const around =
    transport === 'websocket'
      ? websocketHeaderBytes({ payloadBytes: noticeBytes(scenario) })
      : transport === 'socket-io'
        ? socketIoFramingBytes({ noticeBytes: noticeBytes(scenario) })
        : sseFramingBytes({ cursorBytes: CURSOR_BYTES })
  const up = isPolled ? requests : beats * Math.sign(beat.up)
  const down = isPolled ? requests : noticesWritten + beats * Math.sign(beat.down)
  const sealed = scenario.tls ? { up: up * RECORD.bytes, down: down * RECORD.bytes, us: (up + down) * RECORD.us } : none
  const parts = {
    body: noticesWritten * noticeBytes(scenario),
    framing: isPolled ? full * ENVELOPE_BYTES + (noticesWritten - full) : noticesWritten * around,
    // As the bench reckons: what is neither payload nor a sign of life from the server.
    headers: (isPolled ? full * headBytes(scenario) : beats * beat.up) + sealed.up + sealed.down,
    emptyPolls: emptyAnswers * (headBytes(scenario) + ENVELOPE_BYTES),
    heartbeats: beats * beat.down,
  }
  const payloadBytes = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)
  const bytesIn = (isPolled ? Math.round(requests * headBytes(scenario) * 0.7) : beats * beat.up) + sealed.up
  const segments =
    (isPolled ? requests * segmentsOfPoll[transport]! : noticesWritten * SEGMENTS_OF_PUSH) + beats * beat.segments
  const operations = isPolled ? requests : noticesWritten
  const cpuUs = Math.round(publishUs + operations * serviceUs(transport, scenario) + sealed.us)
  return {
    ...cell,
    writes: isPolled ? requests : noticesWritten,
    parts,
    bytesIn,
    bytesOut: payloadBytes - bytesIn,
    cursorBytes: CURSOR_BYTES,
    server: { ...cell.server, cpuUs: scenario.kind === 'idle' ? 0 : cpuUs },
    // The relay would double them.
    ...(scenario.rttMs === 0 && {
      ip: { segments: host.segments + segments, bytes: host.bytes + segments * SEGMENT_BYTES + payloadBytes },
    }),
  }
}

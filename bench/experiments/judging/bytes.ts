// Where bytes are counted: the scenarios that claims share, and what a poll, a push and a notice carried, as TCP payload and as IP packets.
import { clientTransports } from '../../../client/transports/index.ts'
import type { Cell } from '../../../results/cell.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { overPairs, usableCells } from '../../evidence.ts'
import { scenarioOf } from '../../scenarios.ts'
import type { Evidence } from '../experiment.ts'

/**
 * Notices of m = 102 B, one WebSocket header of 2 B each. Bytes of a poll, a push and a notice hardly vary, so what is left to chance is how many
 * notices a window holds (4 to 48); every figure is taken at the rate as it was, and three rounds suffice. Without the relay, which would double
 * the packets, and without the load process's own floor, which has packets of its own.
 */
const counted = {
  bodyBytes: 64,
  windowMs: 4000,
  stratified: true,
  floor: false,
  publishingAlone: true,
  rounds: 3,
} as const
const everyone = Object.keys(clientTransports)

/** λT = 1, 6 and 12, on both sides of where push and poll carry the same. */
export const sparse = scenarioOf({ ...counted, ratePerSecond: 1, transports: everyone })
export const middle = scenarioOf({ ...counted, ratePerSecond: 6, transports: ['short-polling', 'websocket'] })
export const dense = scenarioOf({ ...counted, ratePerSecond: 12, transports: everyone })
export const rates: readonly Scenario[] = [sparse, middle, dense]

export interface Bytes {
  /** m, an encoded notice. */
  readonly notice: number
  /** Framing of a notice: h of a push. */
  readonly framing: number
  /** H of a poll: head and envelope, both ways; 0 where nothing was asked. */
  readonly perPoll: number
  /** TCP payload per notice, of everything. */
  readonly perNotice: number
}

/** What a cell carried, in bytes of TCP payload. Throws where it carried no notice. */
export function bytesOf({ parts, requests, emptyAnswers, noticesWritten, bytesIn, bytesOut, ...cell }: Cell): Bytes {
  if (!parts || noticesWritten === 0) throw new Error(`no bytes by part of ${cell.transport} in ${cell.scenario}`)
  const { body = 0, framing = 0 } = parts
  const all = bytesIn + bytesOut
  const commas = Math.max(0, noticesWritten - (requests - emptyAnswers))
  return {
    notice: body / noticesWritten,
    framing: framing / noticesWritten,
    perPoll: requests > 0 ? (all - body - commas) / requests : 0,
    perNotice: all / noticesWritten,
  }
}

/** λT as a poller had it: notices it was handed for each poll's interval. */
export const noticesPerCycle = ({ noticesWritten, windowMs }: Cell, { clients, pollIntervalMs }: Scenario): number =>
  (noticesWritten / clients / windowMs) * pollIntervalMs

export interface OnWire {
  readonly cell: Cell
  /** IP packets received by the host and their bytes, less those of the publishing alone and less the signs of life. */
  readonly bytes: number
  readonly segments: number
  /** Bytes of TCP payload in them. */
  readonly payloadBytes: number
}

/** A ping and a pong, each with an acknowledgement of its own. */
const HEARTBEAT = { segments: 4, payloadBytes: 2 + 6, downBytes: 2 }
/** Bytes of IP and TCP header of a segment, time stamps included. */
export const SEGMENT_BYTES = 52

/**
 * Cells of `transport` with what they put on the wire, as the kernel counted it, in the rounds in which the publishing alone is usable too: that
 * of the same rate, else of another one, since publishing goes through a Unix socket and what is left is the host's own traffic.
 * Throws a sentence where there is none, or no counter (elsewhere than on Linux).
 */
export function onWire(evidence: Evidence, scenario: Scenario, transport: string): OnWire[] {
  const order = [scenario, ...rates.filter(({ id }) => id !== scenario.id)]
  const alone = order.flatMap(({ id }) =>
    evidence.cells.filter(cell => cell.scenario === id && cell.transport === null && cell.status === 'ok'),
  )
  const found = usableCells(evidence, scenario, transport).flatMap(cell => {
    const quiet = alone.find(({ round }) => round === cell.round)
    if (!cell.ip || !quiet?.ip) return []
    const share = cell.windowMs / quiet.windowMs
    // WebSocket's heartbeats are no part of what a notice costs, and at one notice a second they are a tenth of it.
    const beats = transport === 'websocket' ? (cell.parts?.heartbeats ?? 0) / HEARTBEAT.downBytes : 0
    const segments = cell.ip.segments - quiet.ip.segments * share - beats * HEARTBEAT.segments
    const ofBeats = beats * HEARTBEAT.payloadBytes
    const bytes = cell.ip.bytes - quiet.ip.bytes * share - beats * HEARTBEAT.segments * SEGMENT_BYTES - ofBeats
    return [{ cell, segments, bytes, payloadBytes: cell.bytesIn + cell.bytesOut - ofBeats }]
  })
  if (found.length > 0) return found
  throw new Error(`no bytes of IP packets of ${transport} in ${scenario.id} (Linux only)`)
}

/** A figure of two transports' wires over the rounds in which both were read. */
export const overWires = (
  first: readonly OnWire[],
  second: readonly OnWire[],
  figure: (a: OnWire, b: OnWire) => number,
) =>
  overPairs(
    first.map(({ cell }) => cell),
    second.map(({ cell }) => cell),
    (a, b) => figure(first.find(({ cell }) => cell === a)!, second.find(({ cell }) => cell === b)!),
  )

// Does WebSocket cut header traffic 500 to 1?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { headerRatio } from '../../results/model-bytes.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bandOf, inWords, overCells, overPairs, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { bytesOf, middle, noticesPerCycle, onWire, overWires, SEGMENT_BYTES, sparse } from './judging/bytes.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const CLAIMED = 500
const TOLERANCE = 0.1
/** What a program sends in place of a browser: the other end of the range. Payload only, so nothing need be subtracted. */
const bare: Scenario = scenarioOf({
  ...sparse,
  headerProfile: 'bare',
  publishingAlone: false,
  transports: ['short-polling'],
})

export const experiment: Experiment = {
  question: 'How many times the header bytes of WebSocket does short polling carry?',
  group: 'bytes',
  plan: options => planOf(options, { scenarios: [sparse, middle, bare], rounds: sparse.rounds! }),
  claims: [
    claimTest({
      id: 'headers-500',
      claim:
        'HTML5 Web Sockets can provide a 500:1 or—depending on the size of the HTTP headers—even a 1000:1 reduction in unnecessary HTTP header traffic',
      source:
        'Lubbers & Greco, "HTML5 Web Sockets: A Quantum Leap in Scalability for the Web" (2010): 871 characters against 2 bytes, at one message a poll; by arithmetic, never measured',
      address: 'https://www.websocket.org/quantum.html',
      prediction:
        'at λT = 1 H/h, with H as measured at λT = 6; with 3 segments of 52 B a poll and 2 a push, (H + 156)/(h + 104) at IP level',
      tolerance: '10 %',
      unit: 'header bytes of short polling for one of WebSocket',
      plainly: {
        reproduced: inPlainWords,
        refuted: inPlainWords,
      },
      judge,
    }),
  ],
}

function inPlainWords(points: Claim['points']): string {
  const [payload, packets] = ['headers of a browser, TCP', 'headers of a browser, IP'].map(label =>
    rounded(figureOf(points, label)),
  )
  return `At one notice a poll, headers shrank ${payload} to 1; with those of the network's packets counted, only ${packets} to 1.`
}

/** Everything but the notices is headers here: heads, envelopes, commas, framing, and at IP level the packets'. A window at λT = 1 has a few
 * notices more or less: what it says of a poll is put as at one notice a poll. */
function judge(evidence: Evidence) {
  const pushed = usableCells(evidence, sparse, 'websocket')
  const framingBytes = overCells(pushed, cell => bytesOf(cell).framing).value
  const headersOf = (cell: Cell) => bytesOf(cell).perNotice - bytesOf(cell).notice
  const payload = (scenario: Scenario, headerBytes: number) => {
    const polled = usableCells(evidence, scenario, 'short-polling')
    return {
      predicted: headerRatio({ headerBytes, framingBytes, noticesPerCycle: 1 }),
      measured: overPairs(
        polled,
        pushed,
        (poll, push) => (headersOf(poll) * noticesPerCycle(poll, scenario)) / bytesOf(push).framing,
      ),
    }
  }
  const headerBytes = overCells(usableCells(evidence, middle, 'short-polling'), cell => bytesOf(cell).perPoll).value
  const bareBytes = overCells(usableCells(evidence, bare, 'short-polling'), cell => bytesOf(cell).perPoll).value
  const polledWires = onWire(evidence, sparse, 'short-polling')
  const pushedWires = onWire(evidence, sparse, 'websocket')
  const ip = {
    predicted: headerRatio({
      headerBytes: headerBytes + 3 * SEGMENT_BYTES,
      framingBytes: framingBytes + 2 * SEGMENT_BYTES,
      noticesPerCycle: 1,
    }),
    measured: overWires(
      polledWires,
      pushedWires,
      (poll, push) =>
        ((poll.bytes / poll.cell.noticesWritten - bytesOf(poll.cell).notice) * noticesPerCycle(poll.cell, sparse)) /
        (push.bytes / push.cell.noticesWritten - bytesOf(push.cell).notice),
    ),
  }
  const points = [
    { label: 'headers of a browser, TCP payload, λT = 1', ...payload(sparse, headerBytes) },
    { label: 'no headers but what HTTP needs, TCP payload, λT = 1', ...payload(bare, bareBytes) },
    { label: 'headers of a browser, IP level, λT = 1', ...ip },
  ].map(point => ({ ...point, claimed: CLAIMED }))
  const best = bandOf(points[0]!.measured, CLAIMED, CLAIMED * TOLERANCE)
  const why = `With ${headerBytes.toFixed(0)} B around a poll and ${framingBytes.toFixed(1)} B around a frame: ${points.map(({ label, measured }) => `${inWords(measured, measured.value < 20 ? 1 : 0)}:1 (${label})`).join(', ')}; the claim takes 871 B.`
  // The best case decides: other headers and the packets below can only bring it down. More than is claimed refutes nothing.
  const verdict =
    best === 'inside'
      ? ('reproduced' as const)
      : points.every(({ measured: { high } }) => high !== null && high < CLAIMED * (1 - TOLERANCE))
        ? ('refuted' as const)
        : ('inconclusive' as const)
  return { points, verdict, why }
}

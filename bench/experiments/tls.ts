// What does TLS cost: bytes of records, CPU, and the handshake?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { tlsOverheadBytes } from '../../results/model-bytes.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bandOf, inWords, overCells, overPairs, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { bytesOf } from './judging/bytes.ts'
import { figureOf, percent, rounded } from './judging/plainly.ts'

const ROUNDS = 3
const CLAIMED = 0.02
const TOLERANCE = 0.2
const SMALL = 100
const LARGE = 4096

type Load = Parameters<typeof scenarioOf>[0]
interface Pair {
  readonly plain: Scenario
  readonly secure: Scenario
}
const pairOf = (load: Load): Pair => {
  const shared: Load = { rounds: ROUNDS, publishingAlone: false, ...load }
  return { plain: scenarioOf(shared), secure: scenarioOf({ ...shared, tls: true }) }
}

/** Evenly spaced, so that hardly a write carries two notices. So many that their CPU is known, so few at once that the
 * load process, which has the other half of the work, is not what is measured. */
const measured = { schedule: 'periodic', windowMs: 5000 } as const
const streams = { ...measured, clients: 50, ratePerSecond: 100, transports: ['sse', 'websocket'] }
const polls = { ...measured, clients: 25, ratePerSecond: 50, transports: ['long-polling'] }
const loads: readonly Pair[] = [SMALL, LARGE].flatMap(bodyBytes => [
  pairOf({ ...streams, bodyBytes }),
  pairOf({ ...polls, bodyBytes }),
])

/** Nothing is published: all there is at the start are handshakes and first requests. */
const arrival = pairOf({
  kind: 'idle',
  clients: 20,
  ratePerSecond: 0,
  warmupMs: 1000,
  windowMs: 500,
  transports: ['long-polling', 'sse', 'websocket'],
})

export const experiment: Experiment = {
  question: 'What does TLS cost, in bytes of each notice, in CPU, and at the start?',
  group: 'cost',
  isSeparate: true,
  plan: options =>
    planOf(options, { scenarios: [...loads, arrival].flatMap(({ plain, secure }) => [plain, secure]), rounds: ROUNDS }),
  claims: [
    claimTest({
      id: 'tls',
      claim: 'TLS costs under 2 % of the network',
      source: 'Langley, "Overclocking SSL" (2010), about web pages',
      address: 'https://www.imperialviolet.org/2010/06/25/overclocking-ssl.html',
      prediction:
        '22 B a record of TLS 1.3, a record being a write of up to 16 KiB, so 22 B a push and 44 B a poll: 15 % of a WebSocket write with one notice of 100 B, under 2 % with one of 4 KiB',
      tolerance: '20 % of the bytes predicted',
      unit: 'share of the bytes of a write with one notice; µs of server CPU; bytes of a start',
      plainly: {
        reproduced: 'TLS added less than 2 % to every notice, short or long.',
        qualified: points => `Only for long notices: it added ${addedInPlainWords(points)}.`,
        refuted: points => `It costs more on every notice: it added ${addedInPlainWords(points)}.`,
      },
      judge,
    }),
  ],
}

/** What records add to a write, as long as writes were: a push is a record, a poll one each way. */
function recordBytes({ requests, writes, bytesOut, transport, scenario }: Cell): number {
  if (writes === 0) throw new Error(`nothing was written by ${transport} in ${scenario}`)
  const down = tlsOverheadBytes({ writeBytes: Math.max(1, Math.round(bytesOut / writes)) })
  return down + (requests / writes) * tlsOverheadBytes({ writeBytes: 1 })
}

/** Bytes of a write and of what asked for it, without its notices: they do not depend on how many notices it carried. */
function bareWriteBytes(cell: Cell): number {
  const { requests, writes } = cell
  const { notice, framing, perPoll, perNotice } = bytesOf(cell)
  return requests > 0 ? (perPoll * requests) / writes : ((perNotice - notice - framing) * cell.noticesWritten) / writes
}

/** Bytes of a write that carries one notice. */
function singleBytes(cell: Cell): number {
  const { notice, framing } = bytesOf(cell)
  return bareWriteBytes(cell) + notice + (cell.requests > 0 ? 0 : framing)
}

const startBytes = ({ startupBytes, transport, scenario }: Cell, { clients }: Scenario): number => {
  if (startupBytes === null || startupBytes === 0) throw new Error(`no start of ${transport} in ${scenario}`)
  return startupBytes / clients
}

function addedInPlainWords(points: Claim['points']): string {
  return `${percent(figureOf(points, `websocket, body of ${SMALL} B`))} to a WebSocket notice of ${rounded(SMALL)} bytes, ${percent(figureOf(points, `websocket, body of ${LARGE} B`))} to one of ${rounded(LARGE)}`
}

function judge(evidence: Evidence) {
  const found = loads.flatMap(({ plain, secure }) =>
    plain.transports!.map(transport => {
      const [without, over] = [usableCells(evidence, plain, transport), usableCells(evidence, secure, transport)]
      const where = `${transport}, body of ${plain.bodyBytes} B`
      const predicted = overCells(over, recordBytes).value / overCells(without, singleBytes).value
      const share = overPairs(over, without, (a, b) => (bareWriteBytes(a) - bareWriteBytes(b)) / singleBytes(b))
      const cpuUs = overPairs(over, without, (a, b) => cpuPerNotice(a) - cpuPerNotice(b))
      return { where, bodyBytes: plain.bodyBytes, predicted, share, cpuUs }
    }),
  )
  const starts = arrival.plain.transports!.map(transport => ({
    label: `${transport}, bytes of a start`,
    unit: 'B of a start',
    predicted: null,
    claimed: null,
    measured: overPairs(
      usableCells(evidence, arrival.secure, transport),
      usableCells(evidence, arrival.plain, transport),
      (a, b) => startBytes(a, arrival.secure) - startBytes(b, arrival.plain),
    ),
  }))
  const points = [
    ...found.map(({ where, predicted, share }) => ({
      label: `${where}, share`,
      unit: 'share of the bytes of a write with one notice',
      predicted,
      claimed: CLAIMED,
      measured: share,
    })),
    ...found.map(({ where, cpuUs }) => ({
      label: `${where}, µs of CPU a notice`,
      unit: 'µs of server CPU',
      predicted: null,
      claimed: null,
      measured: cpuUs,
    })),
    ...starts,
  ]
  const fits = found.every(({ share, predicted }) => bandOf(share, predicted, TOLERANCE * predicted) === 'inside')
  const isAbove = found.map(({ share }) => share.low !== null && share.low > CLAIMED)
  const isBelow = found.map(({ share }) => share.high !== null && share.high < CLAIMED)
  const bySize = found.every(({ bodyBytes }, i) => (bodyBytes === SMALL ? isAbove[i] : isBelow[i]))
  const verdict = isBelow.every(Boolean)
    ? ('reproduced' as const)
    : isAbove.every(Boolean)
      ? ('refuted' as const)
      : fits && bySize
        ? ('qualified' as const)
        : ('inconclusive' as const)
  const shares = found.map(({ where, share }) => `${where} ${inWords(inPercent(share), 1)} %`).join('; ')
  const start = inWords(starts.at(-1)!.measured, 0)
  return {
    points,
    verdict,
    why: `TLS added ${shares}. A WebSocket's start took ${start} B more, certificate and session tickets included.`,
  }
}

/** Publishing is in both, and falls out of their difference where as many notices share a write. */
const cpuPerNotice = ({ server, noticesWritten }: Cell): number => server.cpuUs / noticesWritten

const inPercent = <T extends { value: number; low: number | null; high: number | null }>(share: T): T => ({
  ...share,
  value: 100 * share.value,
  low: share.low === null ? null : 100 * share.low,
  high: share.high === null ? null : 100 * share.high,
})

// How many bytes does framing add to a notice?
import type { Cell } from '../../results/cell.ts'
import { sseFramingBytes, websocketHeaderBytes } from '../../results/model-bytes.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bandOf, overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { bytesOf, dense } from './judging/bytes.ts'
import { figureOf, rounded } from './judging/plainly.ts'

/** Bytes are whole: what is left is the rounding of a quotient. */
const TOLERANCE = 1e-6
/** Numbers of notices have three digits within the window, so that every cursor is equally long: 120 notices of running in go before. */
const at = (bodyBytes: number, clients: number): Scenario =>
  scenarioOf({
    bodyBytes,
    clients,
    ratePerSecond: 20,
    // Nobody polls here; the run-in asks for no longer a warm-up then.
    pollIntervalMs: 300,
    warmupMs: 300,
    windowMs: 1500,
    publishingAlone: false,
    transports: ['sse', 'websocket'],
    rounds: 3,
  })
/** Frames of up to 125, up to 65,535 and more bytes. */
const sizes: readonly Scenario[] = [dense, at(100, 20), at(65_536, 2)]

export const experiment: Experiment = {
  question: 'How many bytes does the framing of SSE and of WebSocket add to a notice?',
  group: 'bytes',
  plan: options => planOf(options, { scenarios: sizes, rounds: dense.rounds! }),
  claims: [
    claimTest({
      id: 'sse-framing',
      claim: "SSE framing costs more than WebSocket's",
      source: 'counted: WHATWG HTML, "Server-sent events"; RFC 6455, section 5.2',
      address: 'https://html.spec.whatwg.org/multipage/server-sent-events.html',
      prediction:
        'to the byte: 13 and the cursor for an SSE event with an id; 2, 4 or 10 for a WebSocket frame of up to 125, up to 65,535 or more bytes',
      tolerance: '0',
      unit: 'B per notice',
      plainly: {
        reproduced: points => {
          const frames = points.flatMap(({ label, measured }) =>
            label.startsWith('websocket') ? [measured!.value] : [],
          )
          return `Around each notice SSE put ${rounded(figureOf(points, 'sse'))} bytes, WebSocket ${Math.min(...frames)} to ${Math.max(...frames)}, depending on its length.`
        },
        refuted: 'Around some notices SSE put no more bytes than WebSocket.',
      },
      judge,
    }),
  ],
}

function judge(evidence: Evidence) {
  const points = sizes.flatMap(scenario => {
    const point = (transport: string, framing: (cell: Cell) => number) => {
      const cells = usableCells(evidence, scenario, transport)
      const predicted = overCells(cells, framing).value
      const measured = overCells(cells, cell => bytesOf(cell).framing)
      return { label: `${transport}, body of ${scenario.bodyBytes} B`, predicted, claimed: predicted, measured }
    }
    return [
      point('sse', ({ cursorBytes, round }) => {
        if (cursorBytes === undefined)
          throw new Error(`cursors of sse in ${scenario.id}, round ${round + 1}, were not all equally long`)
        return sseFramingBytes({ cursorBytes })
      }),
      point('websocket', cell => websocketHeaderBytes({ payloadBytes: Math.round(bytesOf(cell).notice) })),
    ]
  })
  const bands = points.map(({ measured, predicted }) => bandOf(measured, predicted, TOLERANCE))
  const isCheaper = sizes.some((_, i) => {
    const [event, frame] = [points[2 * i]!.measured, points[2 * i + 1]!.measured]
    return event.high !== null && frame.low !== null && event.high <= frame.low
  })
  const isDearer = sizes.every((_, i) => points[2 * i]!.measured.value > points[2 * i + 1]!.measured.value)
  const inBytes = (i: number) => `${Number(points[i]!.measured.value.toFixed(3))} B`
  const why = `${sizes.map(({ bodyBytes }, i) => `${inBytes(2 * i)} against ${inBytes(2 * i + 1)} at bodies of ${bodyBytes} B`).join(', ')}; SSE repeats the cursor with each notice.`
  const verdict = isCheaper
    ? ('refuted' as const)
    : isDearer && bands.every(band => band === 'inside')
      ? ('reproduced' as const)
      : ('inconclusive' as const)
  return { points, verdict, why }
}

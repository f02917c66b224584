// What really goes over the wire: is a WebSocket's handshake as it is taught, and is every byte that the server counts one that can be told apart?
import { clientTransports } from '../../client/transports/index.ts'
import type { Cell } from '../../results/cell.ts'
import { sum } from '../../results/sums.ts'
import { plan, publications } from '../anatomy/plan.ts'
import { overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import type { figureOf } from './judging/plainly.ts'

const transports = Object.keys(clientTransports)
/** The one that the notes tell of. */
const TAUGHT = 'websocket'
/** With the one that the subscriber sends. */
const notices = sum(publications, ({ bodies }) => bodies.length) + 1

const captured = scenarioOf({
  kind: 'wire',
  clients: 1,
  ratePerSecond: Number((notices / (plan.lastsMs / 1000)).toFixed(2)),
  schedule: 'periodic',
  pollIntervalMs: plan.pollIntervalMs,
  waitMs: plan.waitMs,
  warmupMs: 0,
  windowMs: plan.lastsMs,
  publishingAlone: false,
  transports,
  rounds: 1,
})

export const experiment: Experiment = {
  question: 'What goes over the wire, byte by byte, and is it what the notes tell and the server counts?',
  group: 'bytes',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [captured], rounds: 1 }),
  claims: [
    claimTest({
      id: 'handshake',
      claim:
        'A WebSocket begins with a GET that offers to upgrade and has a key, and a 101 with the proof that the key was read',
      source: 'the course notes behind this project, "Handshake Process"; RFC 6455, sections 4.1 and 4.2.2',
      address: 'https://www.rfc-editor.org/rfc/rfc6455#section-4.1',
      prediction:
        'each step stands in the captured bytes, and the accept computed from the key is the one that was answered',
      tolerance: 'none: one step that is not there refutes it',
      unit: 'rounds in which the step is there, of one',
      plainly: {
        reproduced: points => `All ${points.length} steps were in the captured bytes, the proof computed again.`,
        refuted: points => {
          const missed = points.filter(({ measured }) => measured!.value < 1).length
          return `${missed} of ${points.length} steps ${missed === 1 ? 'was' : 'were'} not in the captured bytes.`
        },
      },
      judge: judgeHandshake,
    }),
    claimTest({
      id: 'parts-sum',
      claim: 'The parts that captured bytes are decoded into add up to what the server counts at its sockets',
      source: "this lab: whatever is shown of a notice's cost must leave no byte out",
      prediction: 'the same number, in both directions and on every transport',
      tolerance: '0',
      unit: 'B',
      plainly: {
        reproduced: points =>
          `Every one of ${totalOf(points).toLocaleString('en')} bytes was decoded, on ${transports.length} transports.`,
        refuted: 'Decoded parts and counted bytes differ.',
      },
      judge: judgeSum,
    }),
  ],
}

const totalOf = (points: Parameters<typeof figureOf>[0]): number => sum(points, ({ measured }) => measured?.value ?? 0)

const wireOf = ({ wire, transport, round }: Cell): NonNullable<Cell['wire']> => {
  if (wire) return wire
  throw new Error(`nothing was captured of ${transport} in round ${round + 1}`)
}

function judgeHandshake(evidence: Evidence) {
  const cells = usableCells(evidence, captured, TAUGHT)
  const stepsOf = (cell: Cell) => {
    const { handshake = [] } = wireOf(cell)
    if (handshake.length === 0) throw new Error(`no handshake was captured in round ${cell.round + 1}`)
    return handshake
  }
  const points = stepsOf(cells[0]!).map(({ name, wanted }, i) => ({
    label: `${name}: ${wanted}`,
    predicted: 1,
    claimed: 1,
    measured: overCells(cells, cell => (stepsOf(cell)[i]?.isMet ? 1 : 0)),
  }))
  const missed = cells.flatMap(cell => stepsOf(cell).filter(({ isMet }) => !isMet))
  const accept = stepsOf(cells[0]!).find(({ name }) => name.endsWith('Accept'))
  const why =
    missed.length === 0
      ? `All ${points.length} steps are in the capture of ${cells.length === 1 ? '1 round' : `${cells.length} rounds`}; computed from the key: ${accept?.wanted}, answered: ${accept?.found}.`
      : `${missed.length} of ${points.length * cells.length} steps are not: ${missed.map(({ name, wanted, found }) => `${name} must be ${wanted}, and was ${found}`).join('; ')}.`
  return { points, verdict: missed.length === 0 ? ('reproduced' as const) : ('refuted' as const), why }
}

function judgeSum(evidence: Evidence) {
  const points = transports.flatMap(transport => {
    const cells = usableCells(evidence, captured, transport)
    return (['up', 'down'] as const).map(way => ({
      label: `${transport}, ${way === 'up' ? 'to the server' : 'from the server'}`,
      predicted: overCells(cells, cell => wireOf(cell)[way].counted).value,
      claimed: overCells(cells, cell => wireOf(cell)[way].counted).value,
      measured: overCells(cells, cell => wireOf(cell)[way].decoded),
      isSame: cells.every(cell => wireOf(cell)[way].counted === wireOf(cell)[way].decoded),
    }))
  })
  const different = points.filter(({ isSame }) => !isSame)
  const said = (of: typeof points): string =>
    of
      .map(({ label, measured, predicted }) => `${label} ${measured.value.toFixed(0)} of ${predicted.toFixed(0)} B`)
      .join(', ')
  return {
    points: points.map(({ isSame: _, ...point }) => point),
    verdict: different.length === 0 ? ('reproduced' as const) : ('refuted' as const),
    why:
      different.length === 0
        ? `Decoded of counted: ${said(points)}.`
        : `Not all bytes are decoded: ${said(different)}.`,
  }
}

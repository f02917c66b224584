// What does another subscriber cost, from ten to ten thousand?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { periodicFanOutMeanMs } from '../../results/model-load.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bandOf, inWords, msOf, overCells, overPairs, rateOf, usableCells, verdictOfBands } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'
import { serviceUs } from './judging/service.ts'

const TOLERANCE = 0.2
/** About one notice a second: ten thousand held polls are answered in the time that a broadcast leaves, and T = 2 s leaves a core for short polls.
 * A window has four broadcasts, and every subscriber's place in them is timed: what varies is the machine, by some percent a round. P and T have
 * no small common multiple. */
const at = (clients: number, changes: Partial<Scenario> = {}): Scenario =>
  scenarioOf({
    clients,
    ratePerSecond: 0.97,
    schedule: 'periodic',
    pollIntervalMs: 2000,
    warmupMs: 2000,
    windowMs: 4200,
    publishingAlone: false,
    rounds: 3,
    ...changes,
  })
const few = at(10)
const thousand = at(1000)
export const sizes: readonly Scenario[] = [few, thousand, at(10_000, { rounds: 2 })]
const pushes = ['sse', 'websocket'] as const
/** A declared busy wait: in a burst of ten thousand the load process must not be the slower one of the two. */
const BURN_US = 10
/** Here a window holds enough CPU to read s from. */
export const many = at(10_000, { burnUs: BURN_US, windowMs: 3200, publishingAlone: true, transports: [...pushes] })

export const experiment: Experiment = {
  question: 'What does another subscriber cost, from 10 to 10,000: latency, CPU, memory?',
  group: 'scale',
  plan: options => ({
    ...planOf(options, {
      scenarios: [...sizes.map(scenario => ({ ...scenario, transports: [...options.transports] })), many],
      transports: options.transports,
      rounds: few.rounds!,
    }),
    dispensable: [sizes.at(-1)!.id, many.id],
  }),
  claims: [
    claimTest({
      id: 'scale',
      claim: 'On one thread the average wait grows with half the number of subscribers, by SSE as by WebSocket',
      source: "this lab's model (results/model-load.ts)",
      prediction:
        "dd + (N + 1)·s/2 (notices are periodic, and a broadcast is over before the next, so none queues), with s the server's CPU per delivery at N = 10,000 (there with a declared busy wait of 10 µs), and dd the mean at N = 10 less its own turn",
      tolerance: '20 %',
      unit: 'ms in the mean',
      plainly: {
        reproduced: points => `As turns explain it, ${waitInPlainWords(points)}.`,
        refuted: points => `Not as turns explain it: ${waitInPlainWords(points)}.`,
        inconclusive: points => `Not certain that turns explain all of it: ${waitInPlainWords(points)}.`,
      },
      judge,
    }),
  ],
}

function waitInPlainWords(points: Claim['points']): string {
  return `${rounded(thousand.clients)} subscribers waited ${rounded(figureOf(points, 'sse'))} ms on average by SSE, ${rounded(figureOf(points, 'websocket'))} ms by WebSocket`
}

function judge(evidence: Evidence) {
  const points = pushes.flatMap(transport => {
    const service = serviceUs(evidence, many, transport, ({ noticesWritten }) => noticesWritten)
    const ownUs = service.value - BURN_US
    const alone = overCells(usableCells(evidence, few, transport), meanMs).value
    const downMs = Math.max(0, alone - ((few.clients + 1) * ownUs) / 2000)
    return [thousand, many].map(scenario => {
      const serviceUs = scenario === many ? service.value : ownUs
      const cells = usableCells(evidence, scenario, transport)
      const law = (cell: Cell) =>
        periodicFanOutMeanMs({ ratePerSecond: rateOf(cell), clients: scenario.clients, serviceUs, downMs })
      return {
        label: `${transport}, N = ${scenario.clients}`,
        predicted: overCells(cells, law).value,
        measured: overCells(cells, meanMs),
        service,
      }
    })
  })
  const between = overPairs(
    usableCells(evidence, many, 'sse'),
    usableCells(evidence, many, 'websocket'),
    (sse, websocket) => meanMs(sse) / meanMs(websocket),
  )
  const bands = points.map(({ measured, predicted }) => bandOf(measured, predicted, TOLERANCE * predicted))
  const why = `${points.map(({ label, measured, predicted, service }) => `${label}: ${inWords(measured, 1)} ms, the model says ${predicted.toFixed(1)} at ${inWords(service, 1)} µs a delivery`).join('; ')}. SSE took ${inWords(between)} times as long as WebSocket at N = 10,000, busy wait and all.`
  return {
    points: points.map(({ service: _, ...point }) => ({ ...point, claimed: point.predicted })),
    verdict: verdictOfBands(bands),
    why,
  }
}

const meanMs = (cell: Cell): number => msOf(cell, 'latency', 'meanUs')

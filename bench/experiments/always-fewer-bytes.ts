// Does WebSocket always use less bandwidth than polling?

import { equalBytesNoticesPerCycle } from '../../results/model-bytes.ts'
import type { Scenario } from '../../results/scenario.ts'
import { estimateOf } from '../../results/statistics.ts'
import { bandOf, inWords, overCells, overPairs, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { bytesOf, middle, noticesPerCycle, onWire, overWires, rates, sparse } from './judging/bytes.ts'
import { figureOf } from './judging/plainly.ts'

const TOLERANCE = 0.2

export const experiment: Experiment = {
  question: 'Does WebSocket always use less bandwidth than short polling?',
  group: 'bytes',
  plan: options => planOf(options, { scenarios: rates, rounds: sparse.rounds! }),
  claims: [
    claimTest({
      id: 'always-fewer-bytes',
      claim: 'WebSocket always uses less bandwidth than polling',
      source:
        'folklore; RFC 6202, section 2.2 says the opposite of messages that share an answer: "This can significantly reduce the per-message overhead"',
      prediction:
        'equal at λT = (H + 156)/105 at IP level, with H as measured: below it WebSocket carries fewer bytes, above it short polling does',
      tolerance: '20 %',
      unit: 'notices per poll interval (λT), and bytes of short polling for one of WebSocket',
      plainly: {
        reproduced: 'Packets counted, short polling used more bytes even with twelve notices in one poll.',
        qualified: points =>
          `Packets counted, WebSocket used less until about ${Math.round(figureOf(points, 'equal'))} notices shared one short poll; with more of them polling did.`,
        refuted: 'Packets counted, short polling used fewer bytes even with one notice in each poll.',
      },
      judge,
    }),
  ],
}

/** The crossing of a round lies where bytes per notice are equal. Those of a poll fall with 1/(λT), so between two rates it is a straight line in
 * 1/(λT) that is cut. Bytes vary by less than a percent between rounds, the number of notices is taken as it was. */
function judge(evidence: Evidence) {
  const sides = rates.map(scenario => ({
    scenario,
    polled: onWire(evidence, scenario, 'short-polling'),
    pushed: onWire(evidence, scenario, 'websocket'),
  }))
  const ratios = sides.map(({ scenario, polled, pushed }) => ({
    label: `IP level, λT = ${(scenario.ratePerSecond * scenario.pollIntervalMs) / 1000}`,
    unit: 'bytes of short polling for one of WebSocket',
    predicted: null,
    claimed: null,
    measured: overWires(
      polled,
      pushed,
      (poll, push) => poll.bytes / poll.cell.noticesWritten / (push.bytes / push.cell.noticesWritten),
    ),
  }))
  const payload = rates.map((scenario: Scenario) =>
    overPairs(
      usableCells(evidence, scenario, 'short-polling'),
      usableCells(evidence, scenario, 'websocket'),
      (poll, push) => bytesOf(poll).perNotice / bytesOf(push).perNotice,
    ),
  )
  const crossings = crossingsOf(sides)
  const framingBytes = overCells(usableCells(evidence, middle, 'websocket'), cell => bytesOf(cell).framing).value
  const predicted = overCells(usableCells(evidence, middle, 'short-polling'), cell =>
    equalBytesNoticesPerCycle({ headerBytes: bytesOf(cell).perPoll, framingBytes }),
  ).value
  const least = payload.reduce((a, b) => (a.value < b.value ? a : b))
  const aside = `As TCP payload short polling carried ${inWords(least)} times the bytes even at its best.`
  const lowest = ratios[0]!.measured
  if (crossings.length === 0) {
    const verdict =
      lowest.high !== null && lowest.high < 1
        ? ('refuted' as const)
        : ratios.every(({ measured: { low } }) => low !== null && low > 1)
          ? ('reproduced' as const)
          : ('inconclusive' as const)
    const why = `At IP level the two were never equal between λT = 1 and 12: short polling carried ${ratios.map(({ measured }) => inWords(measured)).join(', ')} times the bytes of WebSocket. ${aside}`
    return { points: ratios, verdict, why }
  }
  const crossing = estimateOf(crossings)
  const points = [
    {
      label: 'equal at IP level',
      unit: 'notices per poll interval (λT)',
      predicted,
      claimed: null,
      measured: crossing,
    },
    ...ratios,
  ]
  const isFound = bandOf(crossing, predicted, TOLERANCE * predicted) === 'inside'
  const [first, last] = [lowest, ratios.at(-1)!.measured]
  const isBothSides = first.low !== null && first.low > 1 && last.high !== null && last.high < 1
  const why = `At IP level both carry the same at λT = ${inWords(crossing, 1)} (the model says ${predicted.toFixed(1)}); at λT = 1 short polling carried ${inWords(first)} times the bytes of WebSocket, at 12 ${inWords(last)} times. ${aside}`
  return { points, verdict: isFound && isBothSides ? ('qualified' as const) : ('inconclusive' as const), why }
}

type Side = {
  readonly scenario: Scenario
  readonly polled: ReturnType<typeof onWire>
  readonly pushed: ReturnType<typeof onWire>
}

/** λT at which a round's bytes per notice are equal, of every round that has such a place. */
function crossingsOf(sides: readonly Side[]): number[] {
  const rounds = new Set(sides.flatMap(({ polled }) => polled.map(({ cell }) => cell.round)))
  return [...rounds].flatMap(round => {
    const places = sides.flatMap(({ scenario, polled, pushed }) => {
      const poll = polled.find(({ cell }) => cell.round === round)
      const push = pushed.find(({ cell }) => cell.round === round)
      if (!poll || !push) return []
      const excess = poll.bytes / poll.cell.noticesWritten - push.bytes / push.cell.noticesWritten
      return [{ excess, inverse: 1 / noticesPerCycle(poll.cell, scenario) }]
    })
    for (const [index, above] of places.slice(0, -1).entries()) {
      const below = places[index + 1]!
      if (above.excess <= 0 || below.excess > 0) continue
      const share = above.excess / (above.excess - below.excess)
      return [1 / (above.inverse + (below.inverse - above.inverse) * share)]
    }
    return []
  })
}

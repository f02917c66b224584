// What does permessage-deflate cost in memory, and when?
import type { Cell } from '../../results/cell.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { ContestantName } from '../contestants/index.ts'
import { bandOf, inWords, overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const ROUNDS = 3
/** zlib's own reckoning (zconf.h) of a deflater at the defaults, windowBits 15 and memLevel 8: 2^17 + 2^17 B. */
const DEFLATER_KB = (2 ** (15 + 2) + 2 ** (8 + 9)) / 1000
const TOLERANCE_KB = 0.2 * DEFLATER_KB

/** Connections that are there and have had nothing, or one notice each. */
const idle = (contestant: ContestantName, has: 'nothing' | 'a notice'): Scenario =>
  scenarioOf({
    kind: 'peer',
    contestant,
    headerProfile: 'bare',
    schedule: 'periodic',
    clients: 500,
    bodyBytes: 1000,
    // One notice in a second of warm-up; memory is read without a window.
    ...(has === 'nothing' ? { ratePerSecond: 0, warmupMs: 0 } : { ratePerSecond: 1, warmupMs: 1000 }),
    windowMs: 0,
    publishingAlone: false,
    rounds: ROUNDS,
    transports: ['websocket'],
  })

const before = idle('deflate-ws', 'nothing')
const after = idle('deflate-ws', 'a notice')
const uncompressed = idle('plain-ws', 'a notice')

export const experiment: Experiment = {
  question: 'What does permessage-deflate cost a connection in memory, before and after something was compressed?',
  group: 'cost',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [before, after, uncompressed], rounds: ROUNDS }),
  claims: [
    claimTest({
      id: 'deflate',
      claim: 'Compression by permessage-deflate costs hundreds of kB a connection',
      source: 'README of ws; engine.io, issue 559',
      address: 'https://github.com/websockets/ws#websocket-compression',
      prediction: `nothing before the first compressed message, ${Math.round(DEFLATER_KB)} kB after it: what zlib takes for a deflater at its defaults`,
      tolerance: '20 % of it, before and after',
      unit: 'kB of resident memory a connection',
      plainly: {
        reproduced: points =>
          `A connection took ${rounded(figureOf(points, 'agreed on, nothing'))} kB before anything was compressed.`,
        qualified: points =>
          `Only from the first compressed message on: ${rounded(figureOf(points, 'agreed on, nothing'))} kB before it, ${rounded(figureOf(points, 'agreed on, one'))} kB after.`,
        refuted: points =>
          `A connection took ${rounded(figureOf(points, 'agreed on, one'))} kB after its first compressed message.`,
      },
      judge,
    }),
  ],
}

function judge(evidence: Evidence) {
  const pointOf = (label: string, scenario: Scenario, predicted: number, claimed: number | null) => ({
    label,
    predicted,
    claimed,
    measured: overCells(usableCells(evidence, scenario, 'websocket'), cell => kilobytes(cell, scenario)),
  })
  const points = [
    pointOf('agreed on, nothing sent', before, 0, DEFLATER_KB),
    pointOf('agreed on, one compressed notice', after, DEFLATER_KB, DEFLATER_KB),
    pointOf('not offered, one notice', uncompressed, 0, null),
  ]
  const [idle, used, bare] = points.map(({ measured }) => measured) as [Measured, Measured, Measured]
  const [early, late] = [bandOf(idle, 0, TOLERANCE_KB), bandOf(used, DEFLATER_KB, TOLERANCE_KB)]
  const verdict =
    used.high !== null && used.high < DEFLATER_KB - TOLERANCE_KB
      ? ('refuted' as const)
      : late === 'inside' && bandOf(idle, DEFLATER_KB, TOLERANCE_KB) === 'inside'
        ? ('reproduced' as const)
        : late === 'inside' && early === 'inside'
          ? ('qualified' as const)
          : ('inconclusive' as const)
  const why = `A connection took ${inWords(idle, 1)} kB once deflate was agreed on, and ${inWords(used, 0)} kB after its first compressed notice; without the offer and with a notice ${inWords(bare, 1)} kB.`
  return { points, verdict, why }
}

type Measured = ReturnType<typeof overCells>

function kilobytes({ server, expected, lost, round }: Cell, { id, clients, ratePerSecond }: Scenario): number {
  if (server.rssBytes === 0) throw new Error(`no memory was read in ${id}, round ${round + 1}`)
  // Only what was compressed counts as delivered.
  if (lost > 0 || (ratePerSecond > 0 && expected === 0))
    throw new Error(`${lost} of ${expected} notices did not arrive in ${id}, round ${round + 1}`)
  return (server.rssBytes - server.rssBeforeBytes) / clients / 1000
}

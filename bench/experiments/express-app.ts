// Is Express slow, and what of it is?

import type { Estimate } from '../../results/estimate.ts'
import type { Claim } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { type ContestantName, contestants } from '../contestants/index.ts'
import { bandOf, inWords, msOf, overPairs, quantileOverCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { costs, estimate, PEER_ROUNDS, type PeerLoad, paired, peerScenario } from './judging/peer-costs.ts'
import { figureOf, rounded, timesOf } from './judging/plainly.ts'

/** "Slow" is at least half as much again as Node's own server takes. */
const SLOW = 1.5
const LATENCY_TOLERANCE_MS = 0.2

/** From Node's own server to Express as its guide shows it, a layer at a time. */
const layers = ['bare-http', 'express-router', 'express-lean', 'plain-express'] as const
const parts = ['routing', "the app's exchange of prototypes", 'X-Powered-By, ETag, res.json and query parser'] as const
const own = ['lab', 'lab-app'] as const

const measured = [
  {
    id: 'express-poll',
    what: 'empty short polls, 3,000 a second',
    transport: 'short-polling',
    load: { clients: 60, ratePerSecond: 0, pollIntervalMs: 20, windowMs: 3000 },
  },
  {
    id: 'express-held-poll',
    what: 'long polls of 300 subscribers, 10 a second each',
    transport: 'long-polling',
    load: { clients: 300, ratePerSecond: 10, publishingAlone: true, windowMs: 3000 },
  },
  {
    id: 'express-stream',
    what: 'opening an SSE stream, 1,000 a second',
    transport: 'sse',
    load: { clients: 50, ratePerSecond: 0, pollIntervalMs: 50, windowMs: 3000 },
  },
] as const satisfies readonly { id: string; what: string; transport: string; load: PeerLoad }[]

/** The same subscribers of this lab, its Router called first or the whole app. */
const served: Partial<Omit<Scenario, 'id'>> = {
  clients: 100,
  ratePerSecond: 10,
  windowMs: 4000,
  publishingAlone: false,
  transports: ['long-polling', 'sse'],
  rounds: PEER_ROUNDS,
}
const byRouter = scenarioOf(served)
const byApp = scenarioOf({ ...served, express: 'app' })

export const experiment: Experiment = {
  question: 'Is Express slow, and what of it: its routing, its app, or its conveniences?',
  group: 'cost',
  isSeparate: true,
  plan: options =>
    planOf(options, {
      scenarios: [
        ...measured.flatMap(({ transport, load }) =>
          [...layers, ...own].map(name => peerScenario(name, transport, load)),
        ),
        byRouter,
        byApp,
      ],
      rounds: PEER_ROUNDS,
    }),
  claims: [
    ...measured.map(row =>
      claimTest({
        id: row.id,
        claim: `Express is slow: ${row.what}`,
        source: "folklore; the benchmarks of Fastify's and other frameworks' pages",
        prediction: `as an app at least ${SLOW} times bare node:http; its Router, called by the HTTP server without the app, less than that`,
        tolerance: 'intervals of the ratios on either side of the bound',
        unit: 'µs of CPU, and times',
        plainly: {
          reproduced: costInPlainWords,
          qualified: costInPlainWords,
          refuted: costInPlainWords,
          inconclusive: points => `Not certain. ${costInPlainWords(points)}`,
        },
        judge: (evidence: Evidence) => judgeCost(evidence, row),
      }),
    ),
    claimTest({
      id: 'express-latency',
      topic: 'latency',
      claim: 'The slowness of Express is seen by subscribers',
      source: 'folklore',
      prediction:
        'on a stream not at all, since nothing is routed once it is open; on long polls by what the next poll of each costs, which comes behind the notice',
      tolerance: `${LATENCY_TOLERANCE_MS} ms`,
      unit: 'ms between the medians',
      plainly: {
        reproduced: laterInPlainWords,
        qualified: laterInPlainWords,
        refuted: 'Hardly: notices came less than a fifth of a millisecond later, by long polling and by SSE.',
        inconclusive: points => `Not certain. ${laterInPlainWords(points)}`,
      },
      judge: judgeLatency,
    }),
  ],
}

function costInPlainWords(points: Claim['points']): string {
  return `An Express app took ${timesOf(points, 'plain Express for one')} the CPU time of plain Node, its router alone ${timesOf(points, "Express's Router alone for one")}.`
}
function laterInPlainWords(points: Claim['points']): string {
  return `Through the Express app a typical notice came ${rounded(figureOf(points, 'long-polling, more'))} ms later by long polling, ${rounded(figureOf(points, 'sse, more'))} ms by SSE.`
}

function judgeCost(evidence: Evidence, { transport, load }: (typeof measured)[number]) {
  const costOf = (name: ContestantName): Map<number, number> =>
    costs(evidence, peerScenario(name, transport, load), transport)
  const found = [...layers, ...own].map(name => ({ name, label: contestants[name].label, cost: costOf(name) }))
  const cost = Object.fromEntries(found.map(({ name, cost }) => [name, cost])) as Record<
    (typeof found)[number]['name'],
    Map<number, number>
  >
  const bare = cost['bare-http']
  const router = paired(cost['express-router'], bare)
  const app = paired(cost['express-lean'], bare)
  const whole = paired(cost['plain-express'], bare)
  const added = parts.map((part, i) => ({
    label: `${part}, µs`,
    unit: 'µs of CPU',
    predicted: null,
    claimed: null,
    measured: differenceOf(cost[layers[i + 1]!], cost[layers[i]!]),
  }))
  const ratios: [string, Estimate][] = [
    ["Express's Router alone for one of bare node:http", router],
    ['Express app without its conveniences for one of bare node:http', app],
    ['plain Express for one of bare node:http', whole],
    ['this lab for one of bare node:http', paired(cost.lab, bare)],
    ['this lab, whole Express app, for one of this lab', paired(cost['lab-app'], cost.lab)],
  ]
  const points = [
    ...found.map(({ label, cost }) => ({
      label: `${label}, µs`,
      unit: 'µs of CPU',
      predicted: null,
      claimed: null,
      measured: estimate(cost),
    })),
    ...added,
    ...ratios.map(([label, measured]) => ({ label, unit: 'times', predicted: null, claimed: SLOW, measured })),
  ]
  const isAbove = ({ low }: Estimate): boolean => low !== null && low > SLOW
  const isBelow = ({ high }: Estimate): boolean => high !== null && high < SLOW
  const verdict =
    isAbove(whole) && isBelow(router)
      ? ('qualified' as const)
      : isAbove(whole) && isAbove(router)
        ? ('reproduced' as const)
        : isBelow(whole)
          ? ('refuted' as const)
          : ('inconclusive' as const)
  const why = `Plain Express took ${inWords(whole)} times bare node:http, its Router alone ${inWords(router)}: of ${inWords(estimate(cost['plain-express']), 1)} µs ${added.map(({ label, measured }) => `${inWords(measured, 1)} are ${label.replace(/, µs$/, '')}`).join(', ')}; this lab ${inWords(estimate(cost.lab), 1)} µs, ${inWords(estimate(cost['lab-app']), 1)} through the whole app.`
  return { points, verdict, why }
}

/** First less second, by round. */
function differenceOf(first: Map<number, number>, second: Map<number, number>): Estimate {
  const rounds = [...first.keys()].filter(round => second.has(round))
  if (rounds.length === 0) throw new Error('no round in which both are usable')
  return estimate(new Map(rounds.map(round => [round, first.get(round)! - second.get(round)!])))
}

function judgeLatency(evidence: Evidence) {
  const figures = served.transports!.map(transport => {
    const [router, app] = [byRouter, byApp].map(scenario => usableCells(evidence, scenario, transport))
    const median = (cell: Parameters<typeof msOf>[0]): number => msOf(cell, 'delivery', 'p50Us')
    return {
      transport,
      router: quantileOverCells(router!, median),
      app: quantileOverCells(app!, median),
      more: overPairs(app!, router!, (a, b) => median(a) - median(b)),
    }
  })
  const points = figures.flatMap(({ transport, router, app, more }) => [
    { label: `${transport}, Router`, predicted: null, claimed: null, measured: router },
    { label: `${transport}, whole app`, predicted: null, claimed: null, measured: app },
    { label: `${transport}, more`, predicted: transport === 'sse' ? 0 : null, claimed: null, measured: more },
  ])
  const bands = figures.map(({ more }) => bandOf(more, 0, LATENCY_TOLERANCE_MS))
  const verdict = bands.every(band => band === 'inside')
    ? ('refuted' as const)
    : bands.every(band => band === 'apart')
      ? ('reproduced' as const)
      : bands.some(band => band === 'apart')
        ? ('qualified' as const)
        : ('inconclusive' as const)
  const why = `Through the whole app the median took ${figures.map(({ transport, more, router }) => `${inWords(more)} ms more on ${transport} (of ${router.value.toFixed(2)} ms)`).join(', ')}.`
  return { points, verdict, why }
}

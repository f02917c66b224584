// How much of a measured latency is the client's library?

import { clientTransports, type TransportName } from '../../client/transports/index.ts'
import type { Claim } from '../../results/format.ts'
import { bandOf, inWords, msOf, overPairs, quantileOverCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const TOLERANCE_MS = 0.1
/** What a stock client is on each transport that has one (contestants/stock-clients.ts). */
const libraries: Readonly<Partial<Record<TransportName, string>>> = {
  'short-polling': 'undici',
  'long-polling': 'undici',
  sse: 'eventsource',
  websocket: 'ws',
  'socket-io': 'socket.io-client without our agents',
}
const transports = Object.keys(libraries) as TransportName[]
const pushed = transports.filter(transport => !('isTimed' in clientTransports[transport]))
const load = {
  clients: 100,
  ratePerSecond: 10,
  windowMs: 4000,
  publishingAlone: false,
  transports,
  rounds: 5,
} as const
const own = scenarioOf(load)
const stock = scenarioOf({ ...load, clientLibrary: 'stock' })

export const experiment: Experiment = {
  question: "How much of a measured latency is the client's library, and how much the transport?",
  group: 'latency',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [own, stock], rounds: load.rounds }),
  claims: [
    claimTest({
      id: 'client-library',
      claim: 'For a comparison it does not matter which client library reads each transport',
      source:
        "taken for granted wherever transports are compared through one library each, such as a browser's against `ws` (thesis, Skövde 2014; this lab's first runs)",
      prediction:
        'no difference on a transport between the medians of 100 subscribers read by stock libraries and by lean readers',
      tolerance: `${TOLERANCE_MS} ms`,
      unit: 'ms',
      plainly: {
        reproduced: 'No library made a tenth of a millisecond of difference to the median.',
        refuted: inPlainWords,
      },
      judge,
    }),
  ],
}

/** The transport on which the library makes most of a difference, of those that a timer does not hide it on. */
function inPlainWords(points: Claim['points']): string {
  const [most] = pushed
    .map(transport => ({ transport, more: figureOf(points, `${transport}, more`) }))
    .toSorted((a, b) => Math.abs(b.more) - Math.abs(a.more))
  const { transport } = most!
  const [lean, library] = ['our reader', libraries[transport]].map(reader =>
    rounded(figureOf(points, `${transport}, ${reader}`)),
  )
  return `It does: by ${clientTransports[transport].label} a typical notice took ${library} ms read by a common library, ${lean} ms by a lean one.`
}

function judge(evidence: Evidence) {
  // A poller's median is the wait for its turn, which has the width of the interval: a library is a hundredth of it.
  const figures = transports.map(transport => {
    const [lean, library] = [own, stock].map(scenario => usableCells(evidence, scenario, transport))
    const median = (cell: Parameters<typeof msOf>[0]): number => msOf(cell, 'delivery', 'p50Us')
    return {
      transport,
      lean: quantileOverCells(lean!, median),
      library: quantileOverCells(library!, median),
      more: overPairs(library!, lean!, (a, b) => median(a) - median(b)),
    }
  })
  const points = figures.flatMap(({ transport, lean, library, more }) => [
    { label: `${transport}, our reader`, predicted: null, claimed: null, measured: lean },
    { label: `${transport}, ${libraries[transport]}`, predicted: null, claimed: null, measured: library },
    { label: `${transport}, more`, predicted: 0, claimed: 0, measured: more },
  ])
  const compared = figures.filter(({ transport }) => pushed.includes(transport))
  const bands = compared.map(({ more }) => bandOf(more, 0, TOLERANCE_MS))
  const verdict = bands.some(band => band === 'apart')
    ? ('refuted' as const)
    : bands.every(band => band === 'inside')
      ? ('reproduced' as const)
      : ('inconclusive' as const)
  const why = `${compared
    .map(({ transport, lean, library, more }) => {
      const share = Math.max(0, Math.round((100 * more.value) / library.value))
      return `${transport} ${lean.value.toFixed(2)} ms read by us, ${library.value.toFixed(2)} ms by ${libraries[transport]}: ${inWords(more)} ms more, ${share} % of what is measured`
    })
    .join('; ')}.`
  return { points, verdict, why }
}

// "Open seven tabs": what a browser's limit of connections to one host leaves of each transport.
import type { Cell } from '../../../results/cell.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { bandOf, inWords, overCells, usableCells, verdictOfBands } from '../../evidence.ts'
import { scenarioOf } from '../../scenarios.ts'
import { type ClaimTest, claimTest, type Evidence } from '../experiment.ts'
import { figureOf, rounded } from '../judging/plainly.ts'
import { type BrowserRow, pointsOf, told } from './rows.ts'

/** Connections of a browser to one host over HTTP/1.1. */
const LIMIT = 6
const TABS = 8

const tabs = scenarioOf({
  kind: 'tabs',
  clients: TABS,
  ratePerSecond: 0,
  pollIntervalMs: 200,
  windowMs: 3000,
  publishingAlone: false,
  transports: ['short-polling', 'long-polling', 'sse', 'websocket', 'socket-io'],
})
const tabsPast = scenarioOf({ ...tabs, fetchCache: 'no-store', transports: ['long-polling'] })

export const tabScenarios: readonly Scenario[] = [tabs, tabsPast]

const CHROMIUM_SOURCE = 'Chromium, net/socket/client_socket_pool_manager.cc: 6 sockets a group, 255 of WebSockets'
const CHROMIUM_ADDRESS =
  'https://chromium.googlesource.com/chromium/src/+/main/net/socket/client_socket_pool_manager.cc'
const inSeconds = `within ${tabs.windowMs / 1000} s`
const exactly = 'exactly so many, in every round'

export const tabClaims: readonly ClaimTest[] = [
  claimTest({
    id: 'six-tabs',
    claim:
      'When not used over HTTP/2, SSE suffers from a limitation to the maximum number of open connections: the limit is per browser and is set to a very low number (6)',
    source: 'MDN, EventSource',
    address: 'https://developer.mozilla.org/en-US/docs/Web/API/EventSource',
    prediction: `of 6, 7 and 8 tabs 6 have a notice ${inSeconds}; the others wait for a connection`,
    tolerance: exactly,
    unit: 'tabs',
    plainly: {
      reproduced: 'Six tabs had their notices; the seventh and the eighth waited for a connection.',
      refuted: points => `Of eight tabs ${rounded(figureOf(points, 'SSE, 8 tabs'))} had a notice.`,
    },
    judge: judgeStreams,
  }),
  claimTest({
    id: 'six-tabs-polls',
    claim: 'Held polls use up the connections that a browser allows to one host',
    source: 'RFC 6202, section 5.1',
    address: 'https://www.rfc-editor.org/rfc/rfc6202#section-5.1',
    prediction:
      'past the cache (fetch with cache: "no-store") six polls are held, and the seventh tab waits; otherwise the browser’s cache lets only one of the tabs at one cursor ask, since they ask for through the cache, so that few are held and all are served',
    tolerance: `${exactly}; qualified where it holds past the cache only`,
    unit: 'tabs, or held polls',
    plainly: {
      reproduced: 'Six long polls were held, and the seventh tab waited.',
      qualified: "Only past the browser's cache; through it the tabs take turns, and all are served.",
      refuted: points => `Of eight tabs ${rounded(figureOf(points, 'past the cache, held of 8'))} had a poll held.`,
    },
    judge: judgePolls,
  }),
  claimTest({
    id: 'six-tabs-free',
    claim: 'WebSockets are not counted among the six, and polls that are answered at once leave none of them taken',
    source: CHROMIUM_SOURCE,
    address: CHROMIUM_ADDRESS,
    prediction: `all of 8 tabs have a notice ${inSeconds}, on WebSocket, Socket.IO and short polling`,
    tolerance: exactly,
    unit: 'tabs',
    plainly: {
      reproduced: 'All of eight tabs had a notice, on WebSocket, Socket.IO and short polling.',
      refuted: points =>
        `On one of the three only ${rounded(Math.min(...points.map(({ measured }) => measured!.value)))} of eight tabs had a notice.`,
    },
    judge: judgeFree,
  }),
  claimTest({
    id: 'seventh-request',
    claim: 'Once six streams are open, every other request to that host hangs',
    source: `this lab, from ${CHROMIUM_SOURCE}`,
    address: CHROMIUM_ADDRESS,
    prediction: `a GET is answered beside five event streams and beside eight WebSockets, and is not ${inSeconds} beside six streams or six held polls`,
    tolerance: 'in every round',
    unit: 'share of requests that were answered',
    plainly: {
      reproduced: 'Beside six streams or held polls no request was answered; beside WebSockets all were.',
      refuted: 'Some requests were answered beside six streams, or hung beside fewer.',
    },
    judge: judgeRequest,
  }),
]

type TabsStep = NonNullable<Cell['tabs']>[number]

/** A figure of a scenario's cells with so many tabs open. Throws a sentence where it was not measured. */
const ofTabs = (
  evidence: Evidence,
  scenario: Scenario,
  transport: string,
  count: number,
  figure: (step: TabsStep) => number,
) =>
  overCells(usableCells(evidence, scenario, transport), cell => {
    const step = cell.tabs?.find(each => each.tabs === count)
    return step ? figure(step) : Number.NaN
  })

const received = (step: TabsStep): number => step.received
const held = (step: TabsStep): number => step.held
const answered = ({ askedMs }: TabsStep): number => (askedMs === null ? 0 : 1)

const isAsPredicted = ({ measured, predicted }: BrowserRow) => bandOf(measured, predicted, 0)

function judgeStreams(evidence: Evidence) {
  const rows = [LIMIT, LIMIT + 1, TABS].map(count => ({
    label: `SSE, ${count} tabs`,
    predicted: LIMIT,
    claimed: LIMIT,
    measured: ofTabs(evidence, tabs, 'sse', count, received),
  }))
  return {
    points: pointsOf(rows),
    verdict: verdictOfBands(rows.map(isAsPredicted)),
    why: `Had a notice ${inSeconds}: ${told(rows, 0)}.`,
  }
}

function judgePolls(evidence: Evidence) {
  const own = [
    { label: 'past the cache, held of 7', count: LIMIT + 1, figure: held },
    { label: 'past the cache, held of 8', count: TABS, figure: held },
    { label: 'past the cache, served of 7', count: LIMIT + 1, figure: received },
  ].map(({ label, count, figure }) => ({
    label,
    predicted: LIMIT,
    claimed: LIMIT,
    measured: ofTabs(evidence, tabsPast, 'long-polling', count, figure),
  }))
  const shared = {
    label: 'through the cache, served of 8',
    predicted: TABS,
    claimed: LIMIT,
    measured: ofTabs(evidence, tabs, 'long-polling', TABS, received),
  }
  const atOnce = ofTabs(evidence, tabs, 'long-polling', TABS, held)
  const ofOwn = verdictOfBands(own.map(isAsPredicted))
  const isFree = isAsPredicted(shared) === 'inside'
  return {
    points: [
      ...pointsOf([...own, shared]),
      { label: 'through the cache, held of 8', predicted: null, claimed: LIMIT, measured: atOnce },
    ],
    verdict: ofOwn === 'reproduced' && isFree ? ('qualified' as const) : ofOwn,
    why: `${told([...own, shared], 0)}; held of them at a time ${inWords(atOnce, 1)}.`,
  }
}

function judgeFree(evidence: Evidence) {
  const rows = ['websocket', 'socket-io', 'short-polling'].map(transport => ({
    label: `${transport}, ${TABS} tabs`,
    predicted: TABS,
    measured: ofTabs(evidence, tabs, transport, TABS, received),
  }))
  return {
    points: pointsOf(rows),
    verdict: verdictOfBands(rows.map(isAsPredicted)),
    why: `Had a notice ${inSeconds}: ${told(rows, 0)}.`,
  }
}

function judgeRequest(evidence: Evidence) {
  const rows = [
    { label: 'beside 5 event streams', scenario: tabs, transport: 'sse', count: LIMIT - 1, predicted: 1 },
    { label: 'beside 6 event streams', scenario: tabs, transport: 'sse', count: LIMIT, predicted: 0 },
    { label: 'beside 6 held polls', scenario: tabsPast, transport: 'long-polling', count: LIMIT, predicted: 0 },
    { label: 'beside 8 WebSockets', scenario: tabs, transport: 'websocket', count: TABS, predicted: 1 },
  ].map(({ label, predicted, ...of }) => ({
    label,
    predicted,
    measured: ofTabs(evidence, of.scenario, of.transport, of.count, answered),
  }))
  return {
    points: pointsOf(rows),
    verdict: verdictOfBands(rows.map(isAsPredicted)),
    why: `Share of requests that were answered ${inSeconds}, ${told(rows, 2)}.`,
  }
}

// The conditions of a scenario in words: every figure of it is only true under them.
import { exactMs, formatCount } from './figures.ts'
import type { Run } from './format.ts'
import type { Scenario } from './scenario.ts'

/** One condition. What is `isUsual` is said only where another load differs in it. */
export interface Condition {
  readonly text: string
  readonly isUsual: boolean
}

const balancers: Readonly<Record<NonNullable<Scenario['balancer']>, string>> = { haproxy: 'HAProxy' }

/** How many servers a scenario has, and what makes one stream of them. */
export const serversOf = ({ servers = 1 }: Scenario): number => servers
export const backplaneOf = ({ backplane = 'memory' }: Scenario): string => backplane

/** What goes wrong, in words; undefined where nothing does. */
export const faultText = ({ fault }: Scenario): string | undefined =>
  fault &&
  (fault.kind === 'kill-server'
    ? `one server killed after ${exactMs(fault.atMs)}`
    : `backplane paused for ${exactMs(fault.forMs)} after ${exactMs(fault.atMs)}`)

/** How the servers are set up, a condition for each parameter, always in the same order. */
function fleetConditions(scenario: Scenario): Condition[] {
  const { balancer, sticky, workers = 1, tls = false } = scenario
  const servers = serversOf(scenario)
  const backplane = backplaneOf(scenario)
  const fault = faultText(scenario)
  const number = servers === 1 ? 'one server' : `${servers} servers`
  return [
    { text: balancer ? `${number} behind ${balancers[balancer]}` : number, isUsual: servers === 1 && !balancer },
    { text: sticky ? `sticky by ${sticky}` : 'not sticky', isUsual: !balancer },
    { text: `${backplane} backplane`, isUsual: backplane === 'memory' },
    {
      text:
        workers === 1 ? 'one process per server' : `${workers} processes share a server's port, none pinned to a core`,
      isUsual: workers === 1,
    },
    { text: tls ? 'over TLS, whose records count as headers' : 'no TLS', isUsual: !tls },
    { text: fault ?? 'no fault', isUsual: !fault },
  ]
}

/** The servers in a few words, for a sentence or a choice: `3 servers on redis, TLS, one server killed`; empty where there is nothing to say. */
export function briefFleet(scenario: Scenario): string {
  const { sticky, workers = 1, tls, fault } = scenario
  const servers = serversOf(scenario)
  const backplane = backplaneOf(scenario)
  const isPlain = servers === 1 && backplane === 'memory'
  return [
    ...(isPlain ? [] : [`${servers} ${servers === 1 ? 'server' : 'servers'} on ${backplane}`]),
    ...(sticky ? ['sticky'] : []),
    ...(workers > 1 ? [`${workers} workers`] : []),
    ...(tls ? ['TLS'] : []),
    ...(fault ? [fault.kind === 'kill-server' ? 'one server killed' : `backplane paused ${exactMs(fault.forMs)}`] : []),
  ].join(', ')
}

/** All conditions of a scenario, in the same places for every scenario. */
export function conditionList(run: Pick<Run, 'roundsDone' | 'seed'>, scenario: Scenario): Condition[] {
  const { clients, ratePerSecond, schedule, bodyBytes, pollIntervalMs, waitMs, rttMs } = scenario
  const { windowMs, warmupMs, coalesce, headerProfile, express, writes, clientLibrary } = scenario
  const said = (text: string): Condition => ({ text, isUsual: false })
  return [
    said(`${formatCount(clients)} subscribers per transport`),
    said(ratePerSecond > 0 ? `${ratePerSecond} notices/s (${schedule})` : 'nothing published'),
    { text: `bodies of ${bodyBytes} B`, isUsual: ratePerSecond === 0 },
    said(`polls every ${exactMs(pollIntervalMs)}, held up to ${exactMs(waitMs)}`),
    ...fleetConditions(scenario),
    said(rttMs > 0 ? `emulated round trip ${exactMs(rttMs)}` : 'loopback'),
    said(`${run.roundsDone} × ${exactMs(windowMs)} after ${exactMs(warmupMs)} of warm-up`),
    said(`coalescing ${coalesce ? 'on' : 'off'}`),
    ...(express ? [said('through the whole Express app')] : []),
    ...(writes ? [said('written with ws.send and res.write')] : []),
    ...(clientLibrary ? [said('read by stock client libraries')] : []),
    said(`${headerProfile} headers`),
    said(`seed ${run.seed}`),
  ]
}

/** The conditions of a scenario in one line. */
export const conditionsOf = (run: Pick<Run, 'roundsDone' | 'seed'>, scenario: Scenario): string =>
  conditionList(run, scenario)
    .flatMap(({ text, isUsual }) => (isUsual ? [] : [text]))
    .join(' · ')

/** What names a load, where it is not the same for all: the others only tell apart what is alike in these. */
const naming = /^polls |round trip|^loopback|server|backplane|TLS|fault|killed|paused/

/** The names of loads, in their order: how many subscribers, at what rate, and whatever else it takes to tell them apart. Ids are for programs. */
export function namesOfLoads(scenarios: readonly Scenario[]): string[] {
  const all = scenarios.map(scenario => conditionList({ roundsDone: 0, seed: 0 }, scenario).map(({ text }) => text))
  const isCommon = (text: string, among: readonly (readonly string[])[]): boolean =>
    among.every(texts => texts.includes(text))
  const first = all.map(texts =>
    texts.filter((text, at) => at < 2 || (naming.test(text) && !isCommon(text, all))).join(' · '),
  )
  const names = all.map((texts, at) => {
    const alike = all.filter((_, place) => first[place] === first[at])
    const rest = texts.filter(text => !isCommon(text, alike))
    return [first[at]!, ...rest]
      .join(' · ')
      .replace(' subscribers per transport', ' subscribers')
      .replace('0 × ', 'windows of ')
  })
  return names.map((name, at) => {
    const same = names.flatMap((other, place) => (other === name ? [place] : []))
    return same.length > 1 ? `${name} (${same.indexOf(at) + 1})` : name
  })
}

/** The name of a load among all of a run. */
export const nameOfLoad = ({ scenarios }: Pick<Run, 'scenarios'>, id: string): string =>
  namesOfLoads(scenarios)[scenarios.findIndex(scenario => scenario.id === id)] ?? id

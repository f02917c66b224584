// The conditions of a scenario in words: every figure of it is only true under them.
import { counted, exactMs, formatCount } from './figures.ts'
import type { Run } from './format.ts'
import type { Scenario } from './scenario.ts'

/** One condition. What is `isUsual` is said only where another load differs in it. */
export interface Condition {
  readonly text: string
  readonly isUsual: boolean
  /** How a load's name says it, each parameter by itself; absent = as the text does. */
  readonly brief?: readonly string[]
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

/** What names a load by itself, in a choice among runs: `100 subscribers · 10/s`, and its distance where it has one. */
export const briefLoad = ({
  clients,
  ratePerSecond,
  rttMs,
}: Pick<Scenario, 'clients' | 'ratePerSecond' | 'rttMs'>): string =>
  [
    counted(clients, 'subscriber'),
    ratePerSecond > 0 ? `${Number(ratePerSecond.toPrecision(3))}/s` : 'nothing published',
    ...(rttMs > 0 ? [`RTT ${exactMs(rttMs)}`] : []),
  ].join(' · ')

/** All conditions of a scenario, in the same places for every scenario. */
export function conditionList(run: Pick<Run, 'roundsDone' | 'seed'>, scenario: Scenario): Condition[] {
  const { clients, ratePerSecond, schedule, bodyBytes, pollIntervalMs, waitMs, rttMs } = scenario
  const { windowMs, warmupMs, coalesce, headerProfile, express, writes, clientLibrary } = scenario
  const said = (text: string, ...brief: string[]): Condition => ({
    text,
    isUsual: false,
    ...(brief.length > 0 && { brief }),
  })
  return [
    said(`${formatCount(clients)} subscribers per transport`, counted(clients, 'subscriber')),
    ratePerSecond > 0
      ? said(
          `${ratePerSecond} ${ratePerSecond === 1 ? 'notice' : 'notices'}/s (${schedule === 'poisson' ? 'Poisson' : schedule})`,
          `${Number(ratePerSecond.toPrecision(5))}/s${schedule === 'poisson' ? '' : ` ${schedule}`}`,
        )
      : said('nothing published'),
    { text: `bodies of ${bodyBytes} B`, isUsual: ratePerSecond === 0 },
    said(
      `polls every ${exactMs(pollIntervalMs)}, held up to ${exactMs(waitMs)}`,
      `polls every ${exactMs(pollIntervalMs)}`,
      `held up to ${exactMs(waitMs)}`,
    ),
    ...fleetConditions(scenario),
    rttMs > 0 ? said(`emulated round trip ${exactMs(rttMs)}`, `RTT ${exactMs(rttMs)}`) : said('loopback'),
    said(
      `${run.roundsDone} × ${exactMs(windowMs)} after ${exactMs(warmupMs)} of warm-up`,
      `windows of ${exactMs(windowMs)}`,
      `warm-up of ${exactMs(warmupMs)}`,
    ),
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
const naming = /^polls |^RTT |^loopback|server|backplane|TLS|fault|killed|paused/

/** Parameters that conditions tell, or that say nothing of the load. */
const told =
  /^(id|kind|clients|ratePerSecond|schedule|bodyBytes|pollIntervalMs|waitMs|servers|balancer|sticky|workers|backplane|tls|fault|rttMs|windowMs|warmupMs|coalesce|express|writes|clientLibrary|headerProfile|transports|rounds|publishingAlone)$/

/** What else makes a load, a parameter each: `idle`, `plain-ws`, `jitter 2 ms`, `per post 10`. */
function furtherOf({ kind, contestant, transportOptions, ...rest }: Scenario): string[] {
  const words = (key: string): string =>
    key.replace(/(Ms|Us|KBps)$/, '').replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  const amount = (key: string, value: unknown): string =>
    key.endsWith('Ms')
      ? exactMs(value as number)
      : `${value}${/Us$/.test(key) ? ' µs' : /KBps$/.test(key) ? ' kB/s' : ''}`
  return [
    ...(kind === 'delivery' || kind === 'idle' ? [] : [kind]),
    ...(contestant ? [contestant] : []),
    ...Object.values(transportOptions ?? {}).flatMap(options => Object.entries(options).map(entry => entry.join(' '))),
    ...Object.entries(rest).flatMap(([key, value]) =>
      told.test(key) || value === undefined ? [] : `${words(key)} ${amount(key, value)}`,
    ),
  ]
}

/** The names of loads, in their order: how many subscribers, at what rate, and whatever else it takes to tell them apart. Ids are for programs. */
export function namesOfLoads(scenarios: readonly Scenario[]): string[] {
  const all = scenarios.map(scenario => [
    ...conditionList({ roundsDone: 0, seed: 0 }, scenario).flatMap(({ text, brief }) => brief ?? [text]),
    ...furtherOf(scenario),
  ])
  const isCommon = (text: string, among: readonly (readonly string[])[]): boolean =>
    among.every(texts => texts.includes(text))
  const first = all.map(texts =>
    texts.filter((text, at) => at < 2 || (naming.test(text) && !isCommon(text, all))).join(' · '),
  )
  const names = all.map((texts, at) => {
    const alike = all.filter((_, place) => first[place] === first[at])
    return [first[at]!, ...texts.filter(text => !isCommon(text, alike))].join(' · ')
  })
  const isShared = (name: string, among: readonly string[]): boolean => among.indexOf(name) !== among.lastIndexOf(name)
  const apart = names.map((name, at) => {
    const { transports } = scenarios[at]!
    return transports && isShared(name, names) ? `${name} · on ${transports.join(', ')}` : name
  })
  return apart.map((name, at) =>
    isShared(name, apart) ? `${name} (${apart.slice(0, at + 1).filter(other => other === name).length})` : name,
  )
}

/** The name of a load among all of a run. */
export const nameOfLoad = ({ scenarios }: Pick<Run, 'scenarios'>, id: string): string =>
  namesOfLoads(scenarios)[scenarios.findIndex(scenario => scenario.id === id)] ?? id

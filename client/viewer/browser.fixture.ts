// For tests: a made-up run whose subscribers were pages of a browser, with a claim, and no load of notices besides.
import type { Cell } from '../../results/cell.ts'
import type { Claim, Run } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { summarise } from '../../results/summary.ts'
import { verdictOf } from '../../results/verdict.ts'
import { fixtureRun } from './run.fixture.ts'

const TABS = 8
const ROUNDS = 3

const claims: Claim[] = [
  {
    id: 'six-tabs',
    claim: 'SSE suffers from a limitation to the maximum number of open connections',
    source: 'a page about it',
    prediction: 'six of eight',
    tolerance: 'none',
    unit: 'tabs',
    points: [{ label: 'SSE, 8 tabs', predicted: 6, claimed: 6, measured: { value: 6, low: 6, high: 6, n: ROUNDS } }],
    verdict: 'reproduced',
    why: 'Six of eight tabs had the stream.',
  },
]

function tabsOf(isHeld: boolean): NonNullable<Cell['tabs']> {
  return Array.from({ length: TABS }, (_, at) => {
    const tabs = at + 1
    const received = isHeld ? Math.min(6, tabs) : tabs
    return { tabs, open: received, held: received, received, askedMs: isHeld && tabs >= 6 ? null : 5 }
  })
}

/** Delays in ms; `times` as long when hidden. */
function hiddenOf(meanMs: number, times: number, isPolled: boolean, round: number): NonNullable<Cell['hidden']> {
  const spell = (factor: number) => ({
    forMs: 8000,
    published: 160,
    received: 160,
    delay: { meanMs: (meanMs + round / 10) * factor, medianMs: meanMs * factor, maxMs: 2 * meanMs * factor },
    polls: isPolled ? 40 / factor : 0,
    interval: isPolled ? { medianMs: 200 * factor, maxMs: 210 * factor } : null,
    clockMs: 1,
  })
  return { visible: spell(1), hidden: spell(times) }
}

export function browserRun(): Run {
  const base = fixtureRun({ id: 'browser', rounds: ROUNDS })
  const everyday = base.scenarios[0]!
  const scenarioOf = (id: string, more: Partial<Scenario>): Scenario => ({ ...everyday, id, ...more })
  const scenarios = [
    scenarioOf('tabs', { kind: 'tabs', clients: TABS, windowMs: 3000 }),
    scenarioOf('tabs-past', { kind: 'tabs', clients: TABS, windowMs: 3000, fetchCache: 'no-store' }),
    scenarioOf('hidden', { kind: 'hidden', clients: 1, ratePerSecond: 20, pollIntervalMs: 200 }),
  ]
  const cells = base.cells
    .filter(({ scenario, transport }) => scenario === everyday.id && transport !== null)
    .flatMap((cell): Cell[] => {
      const isPolled = cell.transport === 'short-polling'
      const bare = { ...cell, delivery: null, latency: null, browser: 'Chromium 156' }
      const past: Cell[] =
        cell.transport === 'long-polling' ? [{ ...bare, scenario: 'tabs-past', tabs: tabsOf(true) }] : []
      return [
        { ...bare, scenario: 'tabs', tabs: tabsOf(cell.transport === 'sse') },
        ...past,
        { ...bare, scenario: 'hidden', hidden: hiddenOf(isPolled ? 100 : 2, isPolled ? 5 : 1, isPolled, cell.round) },
      ]
    })
  const run: Run = {
    ...base,
    experiment: 'browser',
    scenarios,
    cells,
    summary: summarise({ cells, scenarios, transports: base.transports }, () => null),
    claims,
  }
  return { ...run, verdict: verdictOf(run) }
}

// The verdicts of claims about browsers, on evidence made for each of them.
import { expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { type Claim, parseRun } from '../../results/format.ts'
import { cellOf, sampleRun } from '../../results/sample-run.fixture.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { Plan } from './experiment.ts'
import { experiments } from './index.ts'
import { judgeClaim } from './made-up/plain.fixture.ts'
import { sampleOptions } from './made-up/verdict.fixture.ts'

type TabsStep = NonNullable<Cell['tabs']>[number]
type WatchedPart = NonNullable<Cell['hidden']>['visible']
type Change = (cell: Cell, scenario: Scenario) => Cell

const inBrowsers = [experiments.browser!, experiments['hidden-minute']!]
const held = ['long-polling', 'sse']

/** With so many tabs: six have the stream where each holds a connection of its own. */
function rungOf(tabs: number, scenario: Scenario, transport: string): TabsStep {
  const isHeld = transport === 'sse' || scenario.fetchCache === 'no-store'
  const served = isHeld ? Math.min(6, tabs) : tabs
  return { tabs, open: served, held: served, received: served, askedMs: isHeld && tabs >= 6 ? null : 5 }
}

/** How often a hidden page's timers are looked at. */
const hiddenMs = ({ hiddenForMs, pollTimer }: Scenario): number =>
  hiddenForMs !== undefined && pollTimer !== 'after-answer' ? 60_000 : 1000

const spellOf = (transport: string, intervalMs: number, wobble: number): WatchedPart => {
  const isTimed = transport === 'short-polling'
  const meanMs = isTimed ? (intervalMs / 2) * wobble : wobble
  return {
    forMs: 8000,
    published: 160,
    received: 160,
    delay: { meanMs, medianMs: meanMs, maxMs: 2 * meanMs },
    polls: isTimed ? Math.ceil(8000 / intervalMs) : 0,
    interval: isTimed ? { medianMs: intervalMs * wobble, maxMs: intervalMs * wobble + 3 } : null,
    clockMs: 1,
  }
}

/** What holds in a browser in which everything is as foretold. */
function foretold(scenario: Scenario, transport: string, round: number): Cell {
  const wobble = 1 + ((round % 3) - 1) / 500
  return cellOf(transport, round, 0, {
    scenario: scenario.id,
    browser: 'Chromium 156',
    ...(scenario.kind === 'tabs'
      ? { tabs: Array.from({ length: scenario.clients }, (_, index) => rungOf(index + 1, scenario, transport)) }
      : {
          hidden: {
            visible: spellOf(transport, 200, wobble),
            hidden: spellOf(transport, hiddenMs(scenario), wobble),
            slowedAfterMs: 60_000 * wobble,
          },
        }),
  })
}

function judged(id: string, change: Change = cell => cell, rounds?: number): Claim {
  const { plan, claims } = inBrowsers.find(({ claims }) => claims!.some(claim => claim.id === id))!
  const planned: Plan = plan(sampleOptions)
  const { scenarios, transports } = planned
  const cells = scenarios.flatMap(scenario =>
    (scenario.transports ?? transports).flatMap(transport =>
      Array.from({ length: rounds ?? planned.rounds }, (_, round) =>
        change(foretold(scenario, transport, round), scenario),
      ),
    ),
  )
  const evidence = { cells, scenarios: [...scenarios], transports: [...transports] }
  const claim = judgeClaim(claims!.find(claim => claim.id === id)!, evidence)
  expect(claim.why).toMatch(/^.{20,}$/)
  expect(claim.why).not.toMatch(/NaN|undefined|Infinity|\bnull\b/)
  const run = { ...sampleRun({ transports: ['sse'] }), ...evidence, claims: [claim] }
  expect(parseRun(JSON.parse(JSON.stringify(run))).claims).toEqual([claim])
  return claim
}

const tabs =
  (change: (step: TabsStep, cell: Cell, scenario: Scenario) => Partial<TabsStep>): Change =>
  (cell, scenario) =>
    cell.tabs ? { ...cell, tabs: cell.tabs.map(step => ({ ...step, ...change(step, cell, scenario) })) } : cell
const hidden =
  (change: (spell: WatchedPart, cell: Cell) => Partial<WatchedPart>): Change =>
  cell =>
    cell.hidden
      ? { ...cell, hidden: { ...cell.hidden, hidden: { ...cell.hidden.hidden, ...change(cell.hidden.hidden, cell) } } }
      : cell
const after =
  (slowedAfterMs: number | null): Change =>
  cell =>
    cell.hidden ? { ...cell, hidden: { ...cell.hidden, slowedAfterMs } } : cell
const delayed = (ms: number) => ({ meanMs: ms, medianMs: ms, maxMs: ms })

const expected = [
  ['six-tabs', 'reproduced', 'Had a notice within 3 s: SSE, 6 tabs: 6 (6 to 6)'],
  ['six-tabs-polls', 'qualified', 'through the cache, served of 8: 8 (8 to 8); held of them at a time 8.0'],
  ['six-tabs-free', 'reproduced', 'websocket, 8 tabs: 8 (8 to 8)'],
  ['seventh-request', 'reproduced', 'beside 6 event streams: 0.00 (0.00 to 0.00)'],
  ['hidden-timers', 'reproduced', 'interval, hidden: 1000 (995 to 1005) ms'],
  ['hidden-push', 'reproduced', 'sse: 0.00 (0.00 to 0.00) ms'],
  ['hidden-five-minutes', 'refuted', 'after it was hidden: 60.0 (59.7 to 60.3) s'],
  ['hidden-minute', 'reproduced', 'interval, hidden: 60000 (59702 to 60298) ms'],
  ['hidden-chain', 'reproduced', 'interval, hidden: 1000 (995 to 1005) ms'],
  ['hidden-minute-push', 'reproduced', 'sse: 0.00 (0.00 to 0.00) ms'],
] as const

test('every claim is listed here', () => {
  expect(inBrowsers.flatMap(({ claims }) => claims!.map(({ id }) => id))).toEqual(expected.map(([id]) => id))
})

test.each(expected)('%s is %s where everything is as foretold', (id, verdict, part) => {
  const claim = judged(id)
  expect(claim.verdict, claim.why).toBe(verdict)
  expect(claim.why).toContain(part)
  expect(claim.points.length).toBeGreaterThan(0)
  expect(judged(id, undefined, 1).verdict).toBe('inconclusive')
})

test.each([
  ['six-tabs', 'refuted', 'where all have it', tabs(({ tabs }) => ({ received: tabs }))],
  ['six-tabs', 'refuted', 'where nobody has', tabs(() => ({ received: 0 }))],
  ['six-tabs', 'inconclusive', 'where the rounds differ', tabs((_, { round }) => (round === 1 ? { received: 5 } : {}))],
  [
    'six-tabs-polls',
    'reproduced',
    'where the cache makes no difference',
    tabs(({ tabs }, { transport }) => (held.includes(transport!) ? { received: Math.min(6, tabs) } : {})),
  ],
  ['six-tabs-polls', 'refuted', 'where all polls are held', tabs(({ tabs }) => ({ held: tabs, received: tabs }))],
  ['six-tabs-free', 'refuted', 'where six have it', tabs(({ tabs }) => ({ received: Math.min(6, tabs) }))],
  ['seventh-request', 'refuted', 'where it is always answered', tabs(() => ({ askedMs: 5 }))],
  ['seventh-request', 'refuted', 'where it never is', tabs(() => ({ askedMs: null }))],
  ['hidden-timers', 'refuted', 'where timers go on', hidden(() => ({ interval: { medianMs: 200, maxMs: 203 } }))],
  ['hidden-timers', 'refuted', 'where notices come as before', hidden(() => ({ delay: delayed(100) }))],
  ['hidden-timers', 'inconclusive', 'where no two polls were made', hidden(() => ({ interval: null }))],
  ['hidden-push', 'refuted', 'where pushes are late', hidden(() => ({ delay: delayed(400) }))],
  ['hidden-push', 'inconclusive', 'where nothing came', hidden(() => ({ delay: null }))],
  ['hidden-five-minutes', 'reproduced', 'where it takes five', after(300_000)],
  ['hidden-five-minutes', 'inconclusive', 'where it never slows down', after(null)],
  [
    'hidden-minute',
    'refuted',
    'where it is once a second',
    hidden(() => ({ interval: { medianMs: 1000, maxMs: 1e3 } })),
  ],
  ['hidden-minute', 'refuted', 'where notices come sooner', hidden(() => ({ delay: delayed(500) }))],
  ['hidden-minute', 'inconclusive', 'where one poll was made', hidden(() => ({ interval: null }))],
  ['hidden-chain', 'refuted', 'where it is once a minute', hidden(() => ({ interval: { medianMs: 6e4, maxMs: 6e4 } }))],
  ['hidden-chain', 'refuted', 'where notices come late', hidden(() => ({ delay: delayed(30_000) }))],
  ['hidden-minute-push', 'refuted', 'where pushes are late', hidden(() => ({ delay: delayed(400) }))],
  [
    'hidden-push',
    'inconclusive',
    'where its cells are void',
    cell => ({ ...cell, status: 'void', reasons: ['3 lost'] }),
  ],
] as [string, string, string, Change][])('%s is %s %s', (id, verdict, _, change) => {
  const claim = judged(id, change)
  expect(claim.verdict, claim.why).toBe(verdict)
})

test('is not one of all: a machine without a browser measures the rest', () => {
  expect(experiments.all!.claims!.some(({ id }) => ['six-tabs', 'hidden-minute'].includes(id))).toBe(false)
})

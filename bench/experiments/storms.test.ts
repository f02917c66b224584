// The verdicts of claims about readers that stop and about thousands that come back, on evidence made for each of them.
import { describe, expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { type Claim, parseRun } from '../../results/format.ts'
import { distributionAround, sampleRun } from '../../results/sample-run.fixture.ts'
import type { Scenario } from '../../results/scenario.ts'
import { blankCell } from '../cell/blank-cell.ts'
import { parseOptions } from '../cli/options.ts'
import { experiments } from './index.ts'
import { judgeClaim } from './made-up/plain.fixture.ts'

const options = parseOptions([], { transports: ['websocket'], experiments: ['delivery'] }, () => 7)

function judged(name: string, id: string, make: (scenario: Scenario, round: number) => Partial<Cell>): Claim {
  const { plan, claims = [] } = experiments[name]!
  const { scenarios, transports } = plan(options)
  const cells = scenarios.flatMap(scenario =>
    scenario.transports!.flatMap(transport =>
      Array.from(
        { length: scenario.rounds! },
        (_, round): Cell => ({
          ...blankCell({ scenario, transport, round, order: 0, startedAt: '2026-11-30T19:58:00.000Z' }),
          ...make(scenario, round),
        }),
      ),
    ),
  )
  const claim = judgeClaim(claims.find(claim => claim.id === id)!, {
    cells,
    scenarios: [...scenarios],
    transports: [...transports],
  })
  expect(claim.why).toMatch(/^.{20,}$/)
  expect(claim.why).not.toMatch(/NaN|undefined|Infinity|\bnull\b/)
  const run = { ...sampleRun({ transports: [...transports] }), cells, scenarios: [...scenarios] }
  expect(parseRun(JSON.parse(JSON.stringify({ ...run, claims: [claim] }))).claims).toEqual([claim])
  return claim
}

describe('slow-reader', () => {
  /** `slower`: what one more reader that stops does to the p99 of the others. */
  const claim = (slower: (stalled: number, round: number) => number) =>
    judged('slow-reader', 'slow-reader', ({ stalledReaders = 0 }, round) => ({
      delivery: distributionAround(2 * slower(stalledReaders, round)),
      server: {
        cpuUs: 1e6,
        rssBytes: 90e6 + 8e6 * stalledReaders + 1e4 * round,
        rssBeforeBytes: 80e6,
        loopDelayP99Ms: 1,
      },
    }))

  test('is refuted where the others wait no longer beside one that stops', () => {
    const { verdict, points } = claim((_, round) => 1 + 0.002 * round)
    expect(verdict).toBe('refuted')
    const memory = points.find(({ label }) => label === 'websocket, memory of 10, MB')!
    expect(memory.measured!.value).toBeCloseTo(80, 3)
  })

  test('is reproduced where one slows down all, and told by nothing where rounds differ more', () => {
    expect(claim((stalled, round) => (stalled === 0 ? 1 : 1.6) + 0.002 * round).verdict).toBe('reproduced')
    expect(claim((stalled, round) => (stalled === 0 ? 1 : 1.05 + 0.2 * (round % 2))).verdict).toBe('inconclusive')
  })
})

describe('a storm', () => {
  type Storm = NonNullable<Cell['storm']>
  const claim = (id: string, of: (scenario: Scenario, round: number) => Partial<Storm>) =>
    judged('storm', id, (scenario, round) => {
      const { clients } = scenario
      const storm = {
        clients,
        back: clients,
        backP50Ms: 500,
        backP99Ms: 900,
        backAllMs: 1000,
        failures: 0,
        overflows: 0,
      }
      return { storm: { ...storm, bytes: 1e6, ...of(scenario, round) } }
    })
  /** As a server has them back that accepts 2,500 a second. */
  const asModelled = ({ reconnectWindowMs = 0 }: Scenario, round: number) => ({
    backAllMs: Math.max(reconnectWindowMs, 2000) * (1 + 0.01 * round),
  })

  test('is back as the model says; that nothing was overrun without jitter qualifies the advice', () => {
    expect(claim('storm-jitter', asModelled).verdict).toBe('qualified')
    const overrun = (scenario: Scenario, round: number) => ({
      ...asModelled(scenario, round),
      failures: scenario.reconnectWindowMs === 0 ? 40 : 0,
    })
    expect(claim('storm-jitter', overrun).verdict).toBe('reproduced')
    const slower = ({ reconnectWindowMs = 0 }: Scenario, round: number) => ({
      backAllMs: 2000 + 3 * reconnectWindowMs + round,
    })
    expect(claim('storm-jitter', slower).verdict).toBe('refuted')
  })

  test('has no verdict where not all were back', () => {
    const { verdict, why } = claim('storm-jitter', () => ({ back: 4990, backAllMs: null }))
    expect(verdict).toBe('inconclusive')
    expect(why).toContain('10 of 5000 were not back')
  })

  test('a little jitter is judged by what a short queue has no room for', () => {
    const overflowing = (upToMs: number) => (scenario: Scenario, round: number) => ({
      ...asModelled(scenario, round),
      overflows: scenario.reconnectWindowMs! <= upToMs && scenario.backlog === 511 ? 900 + round : 0,
    })
    expect(claim('storm-little-jitter', overflowing(500)).verdict).toBe('refuted')
    expect(claim('storm-little-jitter', overflowing(0)).verdict).toBe('reproduced')
    expect(claim('storm-little-jitter', overflowing(5000)).verdict).toBe('inconclusive')
  })
})

// The verdicts of claims about a rolling restart, on evidence made for each of them.
import { expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { type Claim, parseRun } from '../../results/format.ts'
import { cellOf, sampleRun } from '../../results/sample-run.fixture.ts'
import type { Scenario } from '../../results/scenario.ts'
import { cutsOf } from '../kinds/deploy.ts'
import { experiments } from './index.ts'
import { judgeClaim } from './made-up/plain.fixture.ts'
import { sampleOptions } from './made-up/verdict.fixture.ts'

type Deploy = NonNullable<Cell['deploy']>
type Change = (transport: string, scenario: Scenario, round: number) => Partial<Deploy> | undefined

const { plan, claims = [] } = experiments.deploy!
const isStream = (transport: string): boolean => !transport.endsWith('polling')

/** As foretold: the restarts of three servers cut 18 of 36 subscribers once, 15 twice and 3 three times, and each is away for 125 ms. */
const foretold = (transport: string, { restart }: Scenario, round: number): Deploy => ({
  ...(isStream(transport)
    ? { cuts: [0, 18, 15, 3], awayMeanMs: 125 + 3 * (round - 1), awayMaxMs: 251 }
    : transport === 'long-polling' && restart === 'kill'
      ? { cuts: [12, 12, 12], awayMeanMs: 130, awayMaxMs: 249 }
      : { cuts: [36], awayMeanMs: null, awayMaxMs: null }),
  away: 0,
  standstillP50Ms: 150,
  standstillMaxMs: 250 + round,
  calmMaxMs: 4,
  tookMs: 4300 + 20 * round,
  open: isStream(transport) ? [22, 14, 0] : [1, 1, 1],
})

function judged(
  id: string,
  change: Change = () => ({}),
  account: (transport: string) => Partial<Cell> = () => ({}),
): Claim {
  const { scenarios, transports } = plan(sampleOptions)
  const cells = scenarios.flatMap(scenario =>
    scenario.transports!.flatMap(transport =>
      Array.from({ length: scenario.rounds! }, (_, round) => {
        const deploy = { ...foretold(transport, scenario, round), ...change(transport, scenario, round) }
        return cellOf(transport, round, 0, { scenario: scenario.id, deploy, ...account(transport) })
      }),
    ),
  )
  const evidence = { cells, scenarios: [...scenarios], transports: [...transports] }
  const claim = judgeClaim(claims.find(claim => claim.id === id)!, evidence)
  expect(claim.why).toMatch(/^.{20,}$/)
  expect(claim.why).not.toMatch(/NaN|undefined|Infinity|\bnull\b/)
  // What is judged can be written and read again.
  const run = sampleRun({ transports: [...transports] })
  expect(parseRun(JSON.parse(JSON.stringify({ ...run, ...evidence, claims: [claim] }))).claims).toEqual([claim])
  return claim
}

const on =
  (where: string, more: Partial<Deploy>, how?: 'drain' | 'kill'): Change =>
  (transport, { restart }) =>
    transport === where && (how === undefined || how === restart) ? more : undefined

test.each([
  ['deploy-nothing-lost', 'reproduced'],
  ['deploy-cuts', 'reproduced'],
  ['deploy-drain', 'qualified'],
] as const)('%s is %s where everything is as foretold', (id, verdict) => {
  expect(judged(id).verdict).toBe(verdict)
})

test.each(['lost', 'duplicated', 'outOfOrder'] as const)(
  'one notice %s on one transport refutes that nothing is',
  what => {
    const { verdict } = judged('deploy-nothing-lost', undefined, transport =>
      transport === 'sse' ? { [what]: 1 } : {},
    )
    expect(verdict).toBe('refuted')
  },
)

test('clients that are cut once each, or up to n times each, are not cut as foretold', () => {
  expect(judged('deploy-cuts', on('sse', { cuts: [0, 36] })).verdict).toBe('refuted')
  expect(judged('deploy-cuts', on('websocket', { cuts: [0, 0, 0, 36] })).verdict).toBe('refuted')
  const uneven: Change = (transport, _, round) =>
    transport === 'sse' ? { cuts: round === 0 ? [0, 36] : [0, 0, 36] } : undefined
  expect(judged('deploy-cuts', uneven).verdict).toBe('inconclusive')
})

test('a poll that failed though its server was drained refutes; one whose server was killed does not', () => {
  expect(judged('deploy-drain', on('short-polling', { cuts: [35, 1] }, 'drain')).verdict).toBe('refuted')
  expect(judged('deploy-drain', on('short-polling', { cuts: [35, 1] }, 'kill')).verdict).toBe('qualified')
})

test('streams that are away for longer than their first delay refute, and where none is cut it is as claimed', () => {
  expect(judged('deploy-drain', on('websocket', { awayMeanMs: 700 }, 'drain')).verdict).toBe('refuted')
  expect(judged('deploy-drain', on('socket-io', { awayMeanMs: 700 }, 'drain')).verdict).toBe('qualified')
  const uncut: Change = () => ({ cuts: [36], awayMeanMs: null, awayMaxMs: null })
  expect(judged('deploy-drain', uncut).verdict).toBe('reproduced')
  const uneven: Change = (transport, _, round) => (transport === 'sse' ? { awayMeanMs: 90 + 60 * round } : undefined)
  expect(judged('deploy-drain', uneven).verdict).toBe('inconclusive')
})

test.each(['deploy-cuts', 'deploy-drain'])('%s has no verdict where some never came back', id => {
  const claim = judged(id, on('websocket', { away: 2 }))
  expect(claim).toMatchObject({
    verdict: 'inconclusive',
    why: expect.stringContaining('2 of websocket never came back'),
  })
})

test('outages of each subscriber are its cuts; who is not back yet is away', () => {
  const outages = [
    [],
    [{ fromMs: 10, toMs: 110 }],
    [
      { fromMs: 20, toMs: 80 },
      { fromMs: 500, toMs: null },
    ],
    [],
  ]
  expect(cutsOf(outages)).toEqual({ cuts: [2, 1, 1], away: 1, awayMeanMs: 80, awayMaxMs: 100 })
  expect(cutsOf([[], []])).toEqual({ cuts: [2], away: 0, awayMeanMs: null, awayMaxMs: null })
})

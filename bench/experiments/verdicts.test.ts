// The verdicts of claims about latency, requests and empty polls, on evidence made for each of them.
import { describe, expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import type { Cell } from '../../results/cell.ts'
import type { Scenario } from '../../results/scenario.ts'
import { parseOptions } from '../cli/options.ts'
import { experiments } from './index.ts'
import { sampleEvidence, slowed } from './made-up/evidence.fixture.ts'
import { judgeClaim } from './made-up/plain.fixture.ts'

const { all, ...each } = experiments
const options = parseOptions([], { transports: Object.keys(clientTransports), experiments: ['delivery'] }, () => 7)

/** The claim as judged on evidence of the experiment's own scenarios. */
function judged(
  name: string,
  change?: (cell: Cell, scenario: Scenario) => Cell | null,
  rounds?: number,
  claimId = name,
) {
  const { scenarios } = experiments[name]!.plan(options)
  const claim = experiments[name]!.claims!.find(({ id }) => id === claimId)!
  return judgeClaim(claim, sampleEvidence(scenarios, change, rounds))
}
const only =
  (transport: string, change: (cell: Cell, scenario: Scenario) => Cell | null, id = /./) =>
  (cell: Cell, scenario: Scenario) =>
    cell.transport === transport && id.test(scenario.id) ? change(cell, scenario) : cell
const voided = (cell: Cell): Cell => ({ ...cell, status: 'void', reasons: ['late publisher: its lag p99 was 9 ms'] })

/** Everything that arrived by long polling took one transit. */
const likePush = only('long-polling', (cell, { rttMs }) => ({
  ...slowed(cell, (rttMs / 2 + 1) / (cell.delivery!.meanUs! / 1000)),
}))

const table: [string, string, string, ((cell: Cell, scenario: Scenario) => Cell | null) | undefined][] = [
  ['one-transit', 'qualified', 'as the model says', undefined],
  ['one-transit', 'reproduced', 'where no notice ever waits', likePush],
  [
    'one-transit',
    'refuted',
    'where even rare notices wait',
    only('long-polling', cell => slowed(cell, 1.2), /periodic/),
  ],
  [
    'one-transit',
    'inconclusive',
    'where crowded notices were not',
    only('long-polling', cell => slowed(cell, 0.51), /r50/),
  ],
  ['three-transits', 'reproduced', 'as the model says', undefined],
  ['three-transits', 'refuted', 'where it takes four', only('long-polling', cell => slowed(cell, 1.33))],
  ['latency-3', 'qualified', 'as the model says', undefined],
  ['latency-3', 'refuted', 'where long polling is never that late', likePush],
  [
    'latency-3',
    'inconclusive',
    'where short polling takes three as well',
    only('short-polling', (cell, { rttMs }) => slowed(cell, (3 * (rttMs / 2 + 1)) / (cell.delivery!.meanUs! / 1000))),
  ],
  ['half-interval', 'reproduced', 'as the model says', undefined],
  [
    'half-interval',
    'refuted',
    'where long polling is slower all along',
    only('long-polling', cell => slowed(cell, 1.5)),
  ],
  ['half-interval', 'refuted', 'where long polling keeps up beyond', likePush],
  ['half-interval-poll', 'refuted', 'as the model says', undefined],
  [
    'half-interval-poll',
    'reproduced',
    'where the request leg counts',
    only('short-polling', (cell, { rttMs }) => slowed(cell, 1 + rttMs / 2 / (cell.delivery!.meanUs! / 1000))),
  ],
  ['fewer-requests', 'qualified', 'as the model says', undefined],
  ['fewer-requests', 'reproduced', 'where it always does', only('long-polling', cell => ({ ...cell, requests: 10 }))],
  ['fewer-requests', 'refuted', 'where it never does', only('long-polling', cell => ({ ...cell, requests: 9999 }))],
  ['empty-polls', 'qualified', 'as the model says', undefined],
  [
    'empty-polls',
    'refuted',
    'where another share is empty',
    cell => ({ ...cell, emptyAnswers: Math.round(cell.requests * 0.8) }),
  ],
  ['rtt', 'reproduced', 'as the model says', undefined],
  ['rtt', 'refuted', 'where distance counts twice', only('websocket', cell => slowed(cell, 2), /rtt200/)],
]

describe('a verdict', () => {
  test.each(table)('of %s is %s %s', (name, verdict, _, change) => {
    const claim = judged(name, change)
    expect(claim.verdict, claim.why).toBe(verdict)
    expect(claim.points.length).toBeGreaterThan(0)
    expect(claim.why).toMatch(/\d/)
  })

  test.each([
    ['interval-latency', undefined, 'reproduced'],
    ['interval-latency', only('short-polling', cell => slowed(cell, 1.1), /t500/), 'refuted'],
    ['interval-bytes', undefined, 'reproduced'],
    ['interval-bytes', only('short-polling', cell => ({ ...cell, bytesOut: cell.bytesOut * 1.1 }), /t200-/), 'refuted'],
  ] as const)('of %s, case %#', (id, change, verdict) => {
    const claim = judged('interval', change, undefined, id)
    expect(claim.verdict, claim.why).toBe(verdict)
  })

  const claims = Object.entries(each).flatMap(([name, { claims = [] }]) => claims.map(({ id }) => [id, name] as const))
  const own = claims.filter(([id, name]) => table.some(([tested]) => tested === name) || id.startsWith('interval'))

  test.each(own)('of %s needs more than a round', (id, name) => {
    expect(judged(name, undefined, 1, id).verdict).toBe('inconclusive')
  })

  test.each(own)('of %s is inconclusive where its cells are void, and says why', (id, name) => {
    const claim = judged(name, voided, undefined, id)
    expect(claim).toMatchObject({ verdict: 'inconclusive', points: [] })
    expect(claim.why).toContain('late publisher')
  })

  test.each(own)('of %s leaves out a void round', (id, name) => {
    const spoiled = judged(name, cell => (cell.round === 0 ? voided(slowed(cell, 9)) : cell), undefined, id)
    expect(spoiled.verdict).toBe(judged(name, undefined, undefined, id).verdict)
  })

  test.each(own.filter(([id]) => !['empty-polls', 'fewer-requests', 'interval-bytes'].includes(id)))(
    'of %s is not drawn from differences that the load process makes itself',
    (id, name) => {
      const claim = judged(
        name,
        cell => ({ ...cell, floor: slowed({ ...cell, delivery: cell.floor! }, 2000).delivery! }),
        undefined,
        id,
      )
      expect(claim.verdict).toBe('inconclusive')
      expect(claim.why).toContain('null transport')
    },
  )
})

describe('what a claim shows', () => {
  test('long polling takes 1.10, 1.45, 1.73 and 2.00 transits at x = 0.1, 0.5, 1 and 5', () => {
    const { points } = judged('one-transit')
    expect(points[0]).toMatchObject({ predicted: 1, claimed: 1 })
    for (const [i, transits] of [1.1, 1.45, 1.73, 2].entries()) {
      expect(points[i + 1]!.predicted).toBeCloseTo(transits, 1.3)
      expect(points[i + 1]!.measured!.value).toBeCloseTo(points[i + 1]!.predicted!, 6)
    }
  })

  test('long polling takes nearly three transits at q = 0.995', () => {
    for (const { predicted, measured } of judged('three-transits').points) {
      expect(predicted).toBeGreaterThan(2.98)
      expect(measured!.value).toBeCloseTo(predicted!, 9)
    }
  })

  test('the maximum comes with the stalls around it', () => {
    expect(judged('three-transits').why).toMatch(/maximum was 15\d ms .* up to 2\.5 ms late.* p99 1\.0 and 1\.5 ms/)
  })

  test('short polling is 11 times as late as WebSocket in the mean and 20 times at p99', () => {
    const [mean, p99] = judged('latency-3').points
    expect(mean!.predicted).toBeCloseTo(10.8, 0.7)
    expect(p99!.predicted).toBeCloseTo(20.4, 0.7)
    expect(mean!.measured!.value / mean!.predicted!).toBeCloseTo(1, 2)
  })

  test('one notice per answer waits longer than any batch, where updates come faster than requests', () => {
    const [below, above, single] = judged('half-interval').points
    expect(below!.predicted).toBe(1)
    expect(above!.predicted).toBeCloseTo(2, 2)
    expect(single!.predicted).toBeGreaterThan(10)
    expect(single!.measured!.value).toBeCloseTo(single!.predicted!, 1)
  })

  test('a gap on the wrong side of both intervals proves nothing', () => {
    const claim = judged(
      'half-interval',
      only('long-polling', cell => ({ ...cell, gap: { ...cell.gap!, meanMs: 60 } })),
    )
    expect(claim.verdict).toBe('inconclusive')
    expect(claim.why).toContain('only one side')
  })

  test('a cell without a gap is named', () => {
    expect(judged('one-transit', ({ gap, ...cell }) => cell).why).toContain(
      'no re-arm gap of long-polling with 20 subscribers · 1/s, round 1',
    )
  })
})

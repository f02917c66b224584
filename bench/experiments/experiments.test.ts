// The experiments: what each is fixed to before a run, and the verdicts of its claims on evidence of every kind.
import { describe, expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import type { Cell, Scenario } from '../../results/format.ts'
import { judgeClaim } from '../claims.ts'
import { parseOptions } from '../options.ts'
import { allOf } from './all.ts'
import { durationMs, type Experiment, unionOf } from './experiment.ts'
import { experiments } from './index.ts'
import { planOf } from './plan.ts'
import { sampleEvidence, slowed } from './sample-evidence.ts'

const known = { transports: Object.keys(clientTransports), experiments: Object.keys(experiments) }
const optionsOf = (...argv: string[]) => parseOptions(argv, known, () => 7)
const { all, ...each } = experiments

/** The claim as judged on evidence of the experiment's own scenarios. */
function judged(
  name: string,
  change?: (cell: Cell, scenario: Scenario) => Cell | null,
  rounds?: number,
  claimId = name,
) {
  const { scenarios } = experiments[name]!.plan(optionsOf())
  const claim = experiments[name]!.claims!.find(({ id }) => id === claimId)!
  return judgeClaim(claim, sampleEvidence(scenarios, change, rounds))
}
const only =
  (transport: string, change: (cell: Cell, scenario: Scenario) => Cell | null, id = /./) =>
  (cell: Cell, scenario: Scenario) =>
    cell.transport === transport && id.test(scenario.id) ? change(cell, scenario) : cell
const voided = (cell: Cell): Cell => ({ ...cell, status: 'void', reasons: ['late publisher: its lag p99 was 9 ms'] })

describe('every experiment', () => {
  test.each(Object.entries(experiments))('%s asks a question and fixes its claims beforehand', (_, experiment) => {
    expect(experiment.question).toMatch(/^[A-Z].*\?$/)
    for (const { id, claim, source, prediction, tolerance, unit } of experiment.claims ?? [])
      for (const text of [id, claim, source, prediction, tolerance, unit]) expect(text.trim()).not.toBe('')
  })

  test('has scenarios of one id that say the same', () => {
    const plans = Object.values(each).map(({ plan }) => plan(optionsOf()))
    const seen = new Map<string, Scenario>()
    for (const scenario of plans.flatMap(plan => plan.scenarios)) {
      // Who takes part and how often may differ: that is united.
      const { transports, rounds, publishingAlone, ...load } = scenario
      expect(load).toEqual(seen.get(scenario.id) ?? load)
      seen.set(scenario.id, load as Scenario)
    }
  })

  test('counts transits with few subscribers and long legs only', () => {
    for (const name of Object.keys(each))
      if (each[name]!.claims?.some(({ unit }) => unit === 'transits'))
        for (const { clients, rttMs } of each[name]!.plan(optionsOf()).scenarios) {
          expect(clients).toBeLessThanOrEqual(20)
          expect(rttMs).toBeGreaterThanOrEqual(100)
        }
  })

  test('takes the rounds and lengths that were typed, under the same ids', () => {
    for (const argv of [
      ['--rounds', '1', '--window', '500ms', '--warmup', '200ms'],
      ['--preset', 'smoke'],
    ])
      for (const experiment of Object.values(each)) {
        if (!experiment.claims) continue
        const own = experiment.plan(optionsOf())
        const plan = experiment.plan(optionsOf(...argv))
        expect(plan.rounds).toBe(1)
        expect(plan.scenarios.map(({ id }) => id)).toEqual(own.scenarios.map(({ id }) => id))
        expect(durationMs(plan)).toBeLessThan(durationMs(own) / 2)
      }
  })
})

describe('all of them', () => {
  test('measure each scenario once, for all claims, within 45 minutes', () => {
    const plan = all!.plan(optionsOf())
    const ids = plan.scenarios.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const experiment of Object.values(each))
      for (const scenario of experiment.plan(optionsOf()).scenarios) {
        const united = plan.scenarios.find(({ id }) => id === scenario.id)!
        expect(united.transports).toEqual(expect.arrayContaining(scenario.transports ?? []))
        expect(united.rounds).toBeGreaterThanOrEqual(scenario.rounds ?? 1)
      }
    expect(all!.claims).toEqual(Object.values(each).flatMap(({ claims = [] }) => claims))
    expect(new Set(all!.claims!.map(({ id }) => id)).size).toBe(all!.claims!.length)
    expect(durationMs(plan)).toBeLessThanOrEqual(45 * 60_000)
  })

  test('unite transports and rounds, and measure the publishing alone for whoever needs it', () => {
    const load = each['latency-3']!.plan(optionsOf()).scenarios[0]!
    const made = (transports: string[], rounds: number, publishingAlone?: boolean): Experiment => ({
      question: 'Which?',
      plan: options => planOf(options, { scenarios: [{ ...load, transports, rounds, publishingAlone }], rounds }),
    })
    const united = (...parts: Experiment[]) => allOf(parts).plan(optionsOf()).scenarios[0]!
    expect(united(made(['a'], 2, false), made(['b'], 3, false))).toMatchObject({ transports: ['a', 'b'], rounds: 3 })
    expect(united(made(['a'], 2, false), made(['b'], 3, false)).publishingAlone).toBe(false)
    expect(united(made(['a'], 2), made(['b'], 3, false)).publishingAlone).toBe(true)
    expect(united(made(['a'], 2, false), made(['b'], 3)).publishingAlone).toBe(true)
  })

  test('a cell less a round is a cell less in the duration', () => {
    const [load] = each['latency-3']!.plan(optionsOf()).scenarios
    const ms = (publishingAlone: boolean) =>
      durationMs(unionOf([{ scenarios: [{ ...load!, publishingAlone, rounds: 1 }], transports: [], rounds: 1 }]))
    expect(ms(true) - ms(false)).toBe(load!.warmupMs + load!.windowMs + 1100 + 2 * load!.rttMs)
  })
})

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
    expect(judged('one-transit', ({ gap, ...cell }) => cell).why).toContain('no re-arm gap of long-polling in n20-r1-')
  })
})

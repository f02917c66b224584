// Every claim that all experiments together put to the test, judged: on a machine that behaves as the models say, and on evidence with something missing.
import { describe, expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import type { Cell } from '../../results/cell.ts'
import { type Claim, parseRun } from '../../results/format.ts'
import { sampleRun } from '../../results/sample-run.fixture.ts'
import { blankCell } from '../cell/blank-cell.ts'
import type { Evidence } from './experiment.ts'
import { experiments } from './index.ts'
import { type Change, only, sampleEvidence, voided } from './made-up/evidence.fixture.ts'
import { judgeClaim } from './made-up/plain.fixture.ts'
import { sampleOptions } from './made-up/verdict.fixture.ts'

const { all, ...each } = experiments

/** What each comes to where the models hold; a claim that is not listed fails. */
const expected: Readonly<Record<string, Claim['verdict']>> = {
  'always-fewer-bytes': 'qualified',
  connect: 'refuted',
  'connect-bytes': 'refuted',
  'empty-polls': 'qualified',
  'fewer-requests': 'qualified',
  'full-duplex': 'reproduced',
  graceful: 'qualified',
  'half-interval': 'reproduced',
  'half-interval-poll': 'refuted',
  'headers-500': 'refuted',
  idle: 'reproduced',
  'interval-bytes': 'reproduced',
  'interval-latency': 'reproduced',
  'keepalive-step': 'refuted',
  'latency-3': 'qualified',
  omission: 'reproduced',
  'one-transit': 'qualified',
  ramp: 'reproduced',
  rate: 'reproduced',
  rtt: 'reproduced',
  scale: 'reproduced',
  segments: 'reproduced',
  'socket-io-connect': 'reproduced',
  'socket-io-framing': 'qualified',
  'socket-io-latency': 'reproduced',
  'sse-framing': 'reproduced',
  'sse-slower': 'refuted',
  'three-transits': 'reproduced',
}

/** Cells that a claim does without, by scenario and transport (null: publishing alone); without any other it is inconclusive. */
const dispensable: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'always-fewer-bytes': {
    'n20-r1-b64-win4000-strata-nofloor': 'long-polling sse socket-io null',
    'n20-r6-b64-win4000-strata-nofloor': 'null',
    'n20-r12-b64-win4000-strata-nofloor': 'long-polling sse socket-io null',
  },
  'half-interval-poll': {
    'n20-r10-rtt100-win8000-strata': 'long-polling',
  },
  'headers-500': {
    'n20-r1-b64-win4000-strata-nofloor': 'long-polling sse socket-io null',
    'n20-r6-b64-win4000-strata-nofloor': 'websocket null',
  },
  idle: {
    'idle-n100-r0-win22050': 'socket-io',
  },
  'interval-latency': {
    'n50-r2-rtt100-win6000-strata': 'long-polling sse socket-io',
  },
  'interval-bytes': {
    'n50-r2-rtt100-win6000-strata': 'long-polling sse websocket socket-io',
  },
  'one-transit': {
    'n20-r10-rtt100-win8000-strata': 'short-polling',
  },
  rate: {
    'n20-r1-b64-win4000-strata-nofloor': 'long-polling sse socket-io null',
    'n20-r6-b64-win4000-strata-nofloor': 'null',
    'n20-r12-b64-win4000-strata-nofloor': 'long-polling sse socket-io null',
  },
  segments: {
    'n20-r1-b64-win4000-strata-nofloor': 'long-polling sse socket-io null',
    'n20-r6-b64-win4000-strata-nofloor': 'null',
    'n20-r12-b64-win4000-strata-nofloor': 'long-polling sse socket-io null',
  },
  rtt: {
    'n20-r10-win4000-strata': 'short-polling long-polling sse socket-io',
    'n20-r10-rtt100-win8000-strata': 'sse socket-io',
    'n20-r10-rtt200-win4000-strata': 'sse socket-io',
  },
  scale: {
    'n10-r0p97-periodic-t2000-warm2000-win4200': 'short-polling long-polling socket-io',
    'n1000-r0p97-periodic-t2000-warm2000-win4200': 'short-polling long-polling socket-io',
    'n10000-r0p97-periodic-t2000-warm2000-win4200': 'short-polling long-polling sse websocket socket-io',
  },
  'socket-io-framing': {
    'n20-r12-b64-win4000-strata-nofloor': 'short-polling long-polling sse null',
    'connect-n10-r0-b64-t2000-rtt100-warm0-win1500': 'websocket socket-io',
    'connect-n10-r0-b64-t2000-rtt100-warm0-win1500-frames': 'socket-io',
  },
  'socket-io-connect': {
    'n20-r12-b64-win4000-strata-nofloor': 'short-polling long-polling sse websocket socket-io null',
    'n20-r20-b84-t300-win2000': 'websocket socket-io',
  },
  'socket-io-latency': {
    'n20-r12-b64-win4000-strata-nofloor': 'short-polling long-polling sse null',
    'n20-r20-b84-t300-win2000': 'websocket socket-io',
    'connect-n10-r0-b64-t2000-rtt100-warm0-win1500': 'websocket socket-io',
    'connect-n10-r0-b64-t2000-rtt100-warm0-win1500-frames': 'socket-io',
  },
  'sse-framing': {
    'n20-r12-b64-win4000-strata-nofloor': 'short-polling long-polling socket-io null',
  },
  'three-transits': {
    'n20-r10-rtt100-win8000-strata': 'short-polling',
  },
}

const claims = Object.entries(each).flatMap(([name, { claims = [] }]) =>
  claims.filter(claim => all!.claims!.includes(claim)).map(test => [test.id, { name, test }] as const),
)
type Tested = (typeof claims)[number][1]

/** Evidence of the experiment's own plan. */
const evidenceOf = ({ name }: Tested, change?: Change, rounds?: number): Evidence =>
  sampleEvidence(each[name]!.plan(sampleOptions).scenarios, change, rounds)

const judged = (of: Tested, change?: Change, rounds?: number): Claim =>
  judgeClaim(of.test, evidenceOf(of, change, rounds))

/** A sentence with a figure or a reason, and nothing in it that is none. */
function expectReadable({ id, why, points }: Claim): void {
  expect(why, id).toMatch(/^.{20,}$/)
  expect(why, id).not.toMatch(/NaN|undefined|Infinity|\bnull\b|\[object| ,| {2}/)
  for (const { label, predicted, claimed, measured } of points) {
    expect(label).not.toMatch(/NaN|undefined|Infinity/)
    for (const figure of [predicted, claimed, measured?.value, measured?.low, measured?.high])
      expect(figure === null || Number.isFinite(figure), `${id}, ${label}: ${figure}`).toBe(true)
  }
}

test('every claim has a verdict of its own where the models hold', () => {
  expect(Object.fromEntries(claims.map(([id, of]) => [id, judged(of).verdict]))).toEqual(expected)
})

test('all claims come to the same on the evidence of one run, which can be read back', () => {
  const evidence = sampleEvidence(all!.plan(sampleOptions).scenarios)
  const found = all!.claims!.map(claim => judgeClaim(claim, evidence))
  expect(Object.fromEntries(found.map(({ id, verdict }) => [id, verdict]))).toEqual(expected)
  const run = { ...sampleRun({ transports: ['sse'] }), ...evidence, claims: found }
  expect(parseRun(JSON.parse(JSON.stringify(run))).claims).toEqual(found)
})

describe.each(claims)('%s', (id, of) => {
  test('says in a sentence why, with what was predicted and measured', () => {
    const claim = judged(of)
    expectReadable(claim)
    expect(claim.why).toMatch(/\d/)
    expect(claim.points.length).toBeGreaterThan(1)
    expect(claim.points.some(({ predicted, claimed }) => predicted !== null || claimed !== null)).toBe(true)
    for (const { measured } of claim.points) expect(measured!.n).toBeGreaterThan(1)
  })

  test('gives each point its unit where it has several, so that none is drawn on the axis of another', () => {
    const { unit, points } = judged(of)
    if (!/, and |; /.test(unit)) return
    const units = new Set(points.map(point => point.unit))
    expect([...units]).not.toContain(undefined)
    expect(units.size).toBeGreaterThan(1)
  })

  test('needs more than a round', () => {
    const claim = judged(of, undefined, 1)
    expect(claim.verdict).toBe('inconclusive')
    expectReadable(claim)
  })

  test('is inconclusive where its cells are void, with their reason', () => {
    const claim = judged(of, voided)
    expect(claim).toMatchObject({ verdict: 'inconclusive', points: [] })
    expect(claim.why).toContain('late publisher: its lag p99 was 9 ms')
  })

  test('stays as it is where one round is void', () => {
    // Figures of a void cell must not be used: these would turn every verdict.
    const spoiled = judged(of, cell => (cell.round === 0 ? voided(wild(cell)) : cell))
    expect(spoiled.verdict, spoiled.why).toBe(expected[id])
  })

  test('is inconclusive without the cells that it needs, says so, and stays as it is without others', () => {
    for (const [scenario, transport] of places(of)) {
      const claim = judged(
        of,
        only(transport, (cell, { id }) => (id === scenario ? null : cell)),
      )
      const isDispensable = dispensable[id]?.[scenario]?.split(' ').includes(String(transport)) ?? false
      expectReadable(claim)
      expect(claim.verdict, `without ${transport} under ${scenario}`).toBe(
        isDispensable ? expected[id] : 'inconclusive',
      )
      if (!isDispensable) expect(claim).toMatchObject({ points: [], why: expect.stringMatching(/\bno /) })
    }
  })

  test('is inconclusive where nothing happened in its windows', () => {
    const claim = judged(of, ({ scenario, transport, round, order, startedAt, windowMs }) => ({
      ...blankCell({ scenario: { id: scenario }, transport, round, order, startedAt }),
      windowMs,
    }))
    expect(claim.verdict).toBe('inconclusive')
    expectReadable(claim)
  })

  test('is inconclusive where no two transports share a round', () => {
    // Each transport is usable in a round of its own.
    const order = [null, ...Object.keys(clientTransports)]
    const claim = judged(of, cell => (order.indexOf(cell.transport) === cell.round ? cell : voided(cell)), order.length)
    expect(claim.verdict).toBe('inconclusive')
    expectReadable(claim)
  })
})

/** Scenarios and transports of a claim's evidence. */
function places(of: Tested): (readonly [string, string | null])[] {
  const seen = new Map(evidenceOf(of).cells.map(cell => [`${cell.scenario} ${cell.transport}`, cell]))
  return [...seen.values()].map(({ scenario, transport }) => [scenario, transport] as const)
}

/** Everything in the cell nine times as much, and not in proportion. */
function wild(cell: Cell): Cell {
  const scaled = (value: unknown, depth: number): unknown =>
    typeof value === 'number'
      ? value * (9 + depth)
      : value && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).map(([key, inner], i) => [key, scaled(inner, depth + i)]))
        : value
  return { ...(scaled(cell, 0) as Cell), scenario: cell.scenario, round: cell.round }
}

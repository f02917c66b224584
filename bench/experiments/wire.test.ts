// The verdicts on what went over the wire, on evidence made for each of them.
import { expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { type Claim, parseRun } from '../../results/format.ts'
import { sampleRun } from '../../results/sample-run.fixture.ts'
import { blankCell } from '../cell/blank-cell.ts'
import { experiments } from './index.ts'
import { voided } from './made-up/evidence.fixture.ts'
import { judgeClaim } from './made-up/plain.fixture.ts'
import { sampleOptions } from './made-up/verdict.fixture.ts'

const { plan, claims = [] } = experiments.wire!
const { scenarios, transports } = plan(sampleOptions)
type Wire = NonNullable<Cell['wire']>

const steps = ['the request', 'the answer', "the answer's Sec-WebSocket-Accept", 'then'].map(name => ({
  name,
  wanted: 'this',
  found: 'this',
  isMet: true,
}))
const sound = (transport: string): Wire => ({
  up: { decoded: 500, counted: 500 },
  down: { decoded: 700, counted: 700 },
  ...{ body: 400, framing: 100, headers: 600, empty: 100 },
  ...(transport === 'websocket' && { handshake: steps }),
})

function judged(
  id: string,
  wireOf: (transport: string, round: number) => Wire | undefined,
  rounds = 1,
  change = (cell: Cell) => cell,
): Claim {
  const cells = transports.flatMap(transport =>
    Array.from({ length: rounds }, (_, round) => {
      const wire = wireOf(transport, round)
      return change({ ...blankCell({ scenario: scenarios[0]!, transport, round, order: 0 }), ...(wire && { wire }) })
    }),
  )
  const evidence = { cells, scenarios: [...scenarios], transports: [...transports] }
  const claim = judgeClaim(claims.find(one => one.id === id)!, evidence)
  expect(claim.why).toMatch(/^.{20,}$/)
  expect(claim.why).not.toMatch(/NaN|undefined|Infinity|\bnull\b/)
  const run = { ...sampleRun({ transports: [...transports] }), ...evidence, claims: [claim] }
  expect(parseRun(JSON.parse(JSON.stringify(run))).claims).toEqual([claim])
  return claim
}

test('a handshake with every step is as it is taught, in one round or several', () => {
  for (const rounds of [1, 3]) {
    const claim = judged('handshake', sound, rounds)
    expect(claim).toMatchObject({
      verdict: 'reproduced',
      finding: 'All 4 steps were in the captured bytes, the proof computed again.',
    })
    expect(claim.points.map(({ measured }) => measured!.value)).toEqual([1, 1, 1, 1])
  }
  expect(judged('handshake', sound).why).toContain('computed from the key: this, answered: this')
})

test('one step that is not there in one round refutes it, and is named', () => {
  const claim = judged(
    'handshake',
    (transport, round) => ({
      ...sound(transport),
      ...(transport === 'websocket' && {
        handshake: steps.map((step, i) => (i === 2 && round === 1 ? { ...step, found: 'that', isMet: false } : step)),
      }),
    }),
    2,
  )
  expect(claim).toMatchObject({ verdict: 'refuted', finding: '1 of 4 steps was not in the captured bytes.' })
  expect(claim.why).toContain("the answer's Sec-WebSocket-Accept must be this, and was that")
})

test('parts that add up to the count in both directions of every transport do so to the byte', () => {
  const claim = judged('parts-sum', sound)
  expect(claim).toMatchObject({
    verdict: 'reproduced',
    finding: 'Every one of 6,000 bytes was decoded, on 5 transports.',
  })
  expect(claim.points).toHaveLength(10)
})

test('a byte that is missing, in one round of one transport, refutes it', () => {
  const claim = judged(
    'parts-sum',
    (transport, round) => ({
      ...sound(transport),
      ...(transport === 'sse' && round === 1 && { down: { decoded: 699, counted: 700 } }),
    }),
    2,
  )
  expect(claim.verdict).toBe('refuted')
  expect(claim.why).toMatch(/^Not all bytes are decoded: sse, from the server/)
})

test.each(['handshake', 'parts-sum'])('%s is inconclusive where nothing was captured, or cells are void', id => {
  expect(judged(id, () => undefined)).toMatchObject({ verdict: 'inconclusive', points: [] })
  expect(judged(id, sound, 1, voided)).toMatchObject({ verdict: 'inconclusive', points: [] })
  const without = judged(id, transport => (transport === 'websocket' ? undefined : sound(transport)))
  expect(without).toMatchObject({
    verdict: 'inconclusive',
    why: expect.stringContaining('nothing was captured of websocket'),
  })
})

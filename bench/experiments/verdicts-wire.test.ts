// The verdicts of claims about what lies under a transport: TLS and compression, on evidence made for each of them.
import { expect, test } from 'vitest'
import { type Change, only, voided } from './made-up/evidence.fixture.ts'
import { judged } from './made-up/verdict.fixture.ts'

/** So many bytes more, or fewer, for each notice of a cell over TLS. */
const weighing =
  (bytes: number): Change =>
  (cell, { tls }) =>
    tls ? { ...cell, bytesOut: cell.bytesOut + bytes * cell.noticesWritten } : cell
/** So many kB more a connection; none where nothing was sent unless asked for. */
const holding =
  (kilobytes: number, when: 'after' | 'always' = 'after'): Change =>
  (cell, { clients, ratePerSecond }) =>
    when === 'after' && ratePerSecond === 0
      ? cell
      : { ...cell, server: { ...cell.server, rssBytes: cell.server.rssBytes + kilobytes * 1000 * clients } }

test('TLS costs 22 bytes a record: much of a small notice, under 2 % of a large one', () => {
  const { verdict, points, why } = judged('tls')
  expect(verdict, why).toBe('qualified')
  expect(points.map(({ label, claimed }) => [label, claimed])).toEqual([
    ['sse, body of 100 B, share', 0.02],
    ['websocket, body of 100 B, share', 0.02],
    ['long-polling, body of 100 B, share', 0.02],
    ['sse, body of 4096 B, share', 0.02],
    ['websocket, body of 4096 B, share', 0.02],
    ['long-polling, body of 4096 B, share', 0.02],
    ...['100', '4096'].flatMap(size =>
      ['sse', 'websocket', 'long-polling'].map(name => [`${name}, body of ${size} B, µs of CPU a notice`, null]),
    ),
    ...['long-polling', 'sse', 'websocket'].map(name => [`${name}, bytes of a start`, null]),
  ])
  // 138 B of notice in a frame with a head of 4; a poll is two records.
  expect(points[1]!.predicted).toBeCloseTo(22 / 142, 3)
  expect(points[1]!.measured!.value).toBeCloseTo(22 / 142, 3)
  expect(points[2]!.predicted).toBeCloseTo(44 / 898, 2)
  expect(points[7]!.measured!.value).toBeCloseTo(3, 1)
  expect(points[8]!.measured!.value).toBeCloseTo(6, 1)
  expect(points.at(-1)!.measured!.value).toBeCloseTo(2200, -2)
  expect(why).toMatch(/websocket, body of 100 B 15\.5 \(.*A WebSocket's start took 2200 /)
})

test('how many notices share a write does not matter: a write is one record', () => {
  const batched = judged('tls', (cell, { tls, bodyBytes }) => {
    if (cell.transport !== 'websocket' || bodyBytes > 100) return cell
    const writes = cell.noticesWritten / 5
    return { ...cell, writes, bytesOut: cell.bytesOut - (tls ? 22 * (cell.noticesWritten - writes) : 0) }
  })
  expect(batched.points[1]!.predicted).toBeCloseTo(22 / 142, 3)
  expect(batched.points[1]!.measured!.value).toBeCloseTo(22 / 142, 2)
  expect(batched.verdict, batched.why).toBe('qualified')
})

test.each([
  ['weighs nothing', weighing(-50), 'reproduced'],
  ['weighs a lot on large ones too', weighing(200), 'refuted'],
  ['weighs on small ones what records do not explain', only('websocket', weighing(9)), 'inconclusive'],
] as const)('where TLS %s, the claim is decided otherwise', (_, change, verdict) => {
  const claim = judged('tls', change)
  expect(claim.verdict, claim.why).toBe(verdict)
})

test('a deflater is there from the first compressed message on', () => {
  const { verdict, points, why } = judged('deflate')
  expect(verdict, why).toBe('qualified')
  expect(points.map(({ predicted, claimed }) => [predicted, claimed])).toEqual([
    [0, 262.144],
    [262.144, 262.144],
    [0, null],
  ])
  expect(points.map(({ measured }) => Math.round(measured!.value))).toEqual([12, 274, 12])
})

test.each([
  ['connections take it from the start', holding(250, 'always'), 'inconclusive'],
  ['a deflater takes a third of it', holding(-180), 'refuted'],
  ['rounds differ too much', cell => holding(cell.round * 60)(cell, scenarioWithNotices), 'inconclusive'],
] satisfies [string, Change, string][])('where %s, the claim is decided otherwise', (_, change, verdict) => {
  const claim = judged('deflate', change)
  expect(claim.verdict, claim.why).toBe(verdict)
})
const scenarioWithNotices = { clients: 500, ratePerSecond: 1 } as Parameters<Change>[1]

test('memory that is taken at once and does not grow is what the claim says', () => {
  const claim = judged('deflate', (cell, scenario) =>
    scenario.contestant === 'deflate-ws' && scenario.ratePerSecond === 0
      ? holding(262, 'always')(cell, scenario)
      : cell,
  )
  expect(claim.verdict, claim.why).toBe('reproduced')
})

test('notices that were not compressed, or did not come, are no evidence', () => {
  const claim = judged('deflate', cell => (cell.expected > 0 ? { ...cell, delivered: 0, lost: cell.expected } : cell))
  expect(claim).toMatchObject({ verdict: 'inconclusive', points: [] })
  expect(claim.why).toContain('500 of 500 notices did not arrive')
})

test.each(['tls', 'deflate'])('%s needs more than a round, and usable cells', id => {
  expect(judged(id, undefined, 1).verdict).toBe('inconclusive')
  expect(judged(id, voided)).toMatchObject({ verdict: 'inconclusive', points: [] })
})

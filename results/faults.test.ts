import { describe, expect, test } from 'vitest'
import type { Cell } from './cell.ts'
import { faultRowsOf, faultTable } from './faults.ts'
import type { Run } from './format.ts'
import { sampleRun } from './sample-run.fixture.ts'
import { summaryCsv, summaryMarkdown } from './tables.ts'

type Recovery = NonNullable<Cell['recovery']>
const fault = { kind: 'kill-server', atMs: 1000, forMs: 0 } as const
const back = (ms: number[], more: Partial<Recovery> = {}): Recovery => ({
  affected: ms.length,
  ms,
  to: { 'server-2': ms.length },
  atMs: 1000,
  untilMs: 3000,
  ...more,
})

/** `recoveries`: of transport `a`, by round; `b` has none. */
const runOf = (recoveries: readonly (Recovery | undefined)[], change: (cell: Cell) => Cell = cell => cell): Run =>
  sampleRun({
    transports: ['a', 'b'],
    rounds: recoveries.length,
    idle: false,
    scenario: { fault, servers: 2, backplane: 'redis' },
    change: cell => {
      const recovery = cell.transport === 'a' ? recoveries[cell.round] : undefined
      return change({ ...cell, ...(recovery && { recovery }) })
    },
  })
const rowOf = (run: Run) => faultRowsOf(run, run.scenarios[0]!)[0]!
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

describe('what came of a fault', () => {
  test('is put together over the rounds', () => {
    const run = runOf([
      back(upTo(50), { to: { 'server-2': 20, 'server-3': 30 } }),
      back(
        upTo(50).map(ms => ms + 50),
        { to: { 'server-3': 50 } },
      ),
    ])
    expect(rowOf(run)).toMatchObject({
      transport: 'a',
      rounds: 2,
      affected: 100,
      without: { medianMs: 50, p99Ms: 99, maxMs: 100 },
      to: 'server-3 80 · server-2 20',
    })
  })

  test('gives each round the weight of its subscribers, however many quantiles are kept of it', () => {
    const run = runOf([back([10, 20]), back([100, 200], { affected: 6 })])
    // 10, 20, 3 × 100, 3 × 200.
    expect(rowOf(run).without).toEqual({ medianMs: 100, p99Ms: 200, maxMs: 200 })
  })

  test('leaves out rounds that cannot be used, and hides none of their losses', () => {
    const run = runOf([back([10]), back([5000])], cell =>
      cell.round === 1 && cell.transport === 'a' ? { ...cell, status: 'void', lost: 7, duplicated: 2 } : cell,
    )
    expect(rowOf(run)).toMatchObject({ rounds: 1, affected: 1, without: { maxMs: 10 }, lost: 7, duplicated: 2 })
  })

  test('tells nobody cut off from not measured', () => {
    const run = runOf([back([], { affected: 0, to: {} })])
    expect(faultTable(run, run.scenarios[0]!).rows).toEqual([
      ['a', '0', 'n/a (nobody was cut off)', 'n/a', 'n/a', 'n/a', '0', '0', '0', '1'],
      ['b', 'n/a (not measured)', 'n/a (not measured)', 'n/a', 'n/a', 'n/a', '0', '0', '0', '0'],
    ])
  })

  test('is no matter of a load without a fault', () => {
    const run = sampleRun({ transports: ['a'] })
    expect(faultTable(run, run.scenarios[0]!).rows).toEqual([])
    expect(summaryMarkdown(run)).not.toContain('fault')
    expect(summaryCsv(run)).not.toMatch(/cutOff|servers/)
  })
})

describe('the summary files', () => {
  const run = runOf([back([120, 480])])

  test('hold a table of it in Markdown, and the conditions', () => {
    const text = summaryMarkdown(run)
    expect(text).toContain('What came of the fault (one server killed after 1 s):\n\n| transport | cut off |')
    expect(text).toContain('| a | 2 | 120 ms | 480 ms | 480 ms | server-2 2 | 0 | 0 | 0 | 1 |')
    expect(text).toContain('2 servers · redis backplane · one server killed after 1 s')
  })

  test('hold the same figures in CSV, exact, with the parameters of the fleet', () => {
    const [header, first, second] = summaryCsv(run)
      .trimEnd()
      .split('\r\n')
      .map(line => line.split(','))
    const at = (name: string, record = first) => record![header!.indexOf(name)]
    expect(['servers', 'backplane', 'fault'].map(name => at(name))).toEqual([
      '2',
      'redis',
      'kill-server at 1000 ms for 0 ms',
    ])
    expect(
      ['cutOff', 'backAfterMedianMs', 'backAfterP99Ms', 'backAfterMaxMs', 'cameBackTo'].map(name => at(name)),
    ).toEqual(['2', '120', '480', '480', 'server-2 2'])
    expect(at('cutOff', second)).toBe('')
    expect(header).not.toContain('tls')
  })
})

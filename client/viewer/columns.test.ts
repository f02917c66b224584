import { describe, expect, it } from 'vitest'
import type { Run } from '../../results/format.ts'
import { columnsOf, sorted, withoutAbsent } from './columns.ts'
import { limitsOf } from './limits.ts'
import { fixtureRun } from './run.fixture.ts'

describe('the comparison table', () => {
  const run = fixtureRun({ isLarge: true })
  const rows = run.summary.filter(({ scenario }) => scenario === 'delivery')
  const columns = columnsOf(run, run.scenarios[0]!, 'sse')

  it('sorts every column both ways, and keeps what is missing at the end', () => {
    for (const column of columns) {
      const keys = (descending: boolean) => sorted(rows, column, descending).map(row => column.cell(row).sortBy)
      const up = keys(false)
      expect(up).toEqual(
        up.toSorted((a, b) => (typeof a === 'number' ? a - (b as number) : String(a).localeCompare(String(b)))),
      )
      expect(keys(true).map(String)).toEqual(up.toReversed().map(String))
    }
    const [first, ...rest] = rows
    const lacking = [{ ...first!, statistics: { ...first!.statistics, p99Ms: { missing: 'why' } } }, ...rest]
    const p99 = columns.find(({ key }) => key === 'p99Ms')!
    for (const descending of [false, true])
      expect(sorted(lacking, p99, descending).at(-1)!.transport).toBe(first!.transport)
  })

  it('gives ratios against the baseline, with their interval', () => {
    const ratio = columns.find(({ key }) => key === 'ratio')!
    expect(ratio.header).toBe('Median against SSE')
    const texts = Object.fromEntries(rows.map(row => [row.transport, ratio.cell(row)]))
    expect(texts.sse!.text).toBe('baseline')
    expect(texts['short-polling']!.text).toMatch(/^\d{3}× slower$/)
    expect(texts['short-polling']!.below).toMatch(/^\[\d{3}×, \d{3}×\]$/)
  })

  it('gives transports that cannot be told apart one tier', () => {
    const tier = columns.find(({ key }) => key === 'tier')!
    const [first] = rows
    expect(tier.cell(first!).sortBy).toBeGreaterThan(0)
    const once = fixtureRun({ rounds: 1 })
    expect(columnsOf(once, once.scenarios[0]!, 'sse').map(({ key }) => key)).not.toContain('tier')
  })

  it('shows a figure of void cells with the reason, and sorts it as missing', () => {
    const p99 = columns.find(({ key }) => key === 'p99Ms')!
    const statistics = { ...rows[0]!.statistics, p99Ms: { missing: 'void: client busy', void: 1.7 } }
    expect(p99.cell({ ...rows[0]!, statistics })).toEqual({
      text: '1.70 ms',
      below: 'void: client busy',
      isVoid: true,
      sortBy: null,
    })
  })

  it('says once what is missing in every row, and keeps a column that one row has something in', () => {
    const lacking = rows.map(row => ({
      ...row,
      statistics: { ...row.statistics, cpuUsPerNotice: { missing: 'too little work' } },
    }))
    const { columns: left, absent } = withoutAbsent(columns, lacking)
    expect(absent).toEqual([expect.objectContaining({ header: 'CPU/notice', text: 'n/a (too little work)' })])
    expect(left.map(({ key }) => key)).not.toContain('cpuUsPerNotice')
    expect(withoutAbsent(columns, [rows[0]!, ...lacking.slice(1)]).absent).toEqual([])
  })

  it('writes a unit once', () => {
    const median = columns.find(({ key }) => key === 'medianMs')!
    expect(median.cell(rows[0]!).below).toMatch(/^\[\d{3}, \d{3}\] ms$/)
  })
})

describe('what a run cannot tell', () => {
  it('follows from its conditions', () => {
    const text = (run: Run) => limitsOf(run, run.scenarios[0]!).join('\n')
    expect(text(fixtureRun())).toContain('share one machine')
    expect(text(fixtureRun({ rttMs: 50 }))).toContain('round trip of 50 ms is emulated')
    const run = fixtureRun()
    expect(text(run)).toContain('in the clear')
    expect(limitsOf(run, { ...run.scenarios[0]!, tls: true }).join('\n')).toContain('HTTP/1.1 over TLS')
    expect(text(fixtureRun({ rounds: 1 }))).toContain('one round gives no intervals')
    expect(text(fixtureRun({ isLarge: true }))).not.toContain('garbage collector')
  })
})

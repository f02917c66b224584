import { describe, expect, it } from 'vitest'
import { isMissing, type Run } from '../../results/format.ts'
import { columnsOf, sorted } from './columns.ts'
import { comparedStatistics, differencesOf } from './differences.ts'
import { fixtureRun } from './fixture.ts'
import { limitsOf } from './limits.ts'

const before = fixtureRun({ id: 'before', seed: 1 })
const differences = (run: Run, other = before) => differencesOf(run, run.scenarios[0]!, other)
const at = (name: string) => comparedStatistics.findIndex(each => each.name === name)

describe('two runs against each other', () => {
  it('differ by what they differ by', () => {
    const { unlike, rows, verdict } = differences(fixtureRun({ id: 'now', seed: 2, slowness: 1.5 }))
    expect(unlike).toEqual([])
    expect(rows).toHaveLength(4)
    for (const { ratios } of rows) {
      const ratio = ratios[at('medianMs')]!
      if (isMissing(ratio)) throw new Error(ratio.missing)
      expect(ratio.low!).toBeLessThan(1.5)
      expect(ratio.high!).toBeGreaterThan(1.5)
    }
    expect(verdict).toMatch(/^Median: .*SSE ▲ \d+ % slower/)
  })

  it('have no clear difference where only chance differs', () => {
    expect(differences(fixtureRun({ seed: 3 })).verdict).toBe('No clear difference in the medians of 4 transports.')
  })

  it('get no verdict where load or machine differ, and are told what does', () => {
    const slow = fixtureRun({ rttMs: 50 })
    const { verdict, unlike } = differences({
      ...slow,
      fingerprint: { ...slow.fingerprint, kernel: '6.6.0', packages: { ...slow.fingerprint.packages, ws: '9.0.0' } },
    })
    expect(verdict).toBeUndefined()
    expect(unlike).toEqual([
      'rttMs: 0 before, 50 now',
      'kernel: 6.1.0 before, 6.6.0 now',
      'package ws: 8.23.0 before, 9.0.0 now',
    ])
  })

  it('may differ in their revision: that is what one compares', () => {
    const now = fixtureRun({ seed: 3 })
    const { unlike, notes } = differences({ ...now, fingerprint: { ...now.fingerprint, gitRevision: 'f'.repeat(40) } })
    expect(unlike).toEqual([])
    expect(notes).toEqual(['revision: 0123456789 before, ffffffffff now'])
  })

  it('are inconclusive after one round each', () => {
    const once = { rounds: 1 }
    const { verdict } = differences(fixtureRun(once), fixtureRun({ ...once, seed: 2 }))
    expect(verdict).toContain('Inconclusive')
  })

  it('say why a ratio is missing', () => {
    const { rows } = differences(fixtureRun({ seed: 2 }))
    expect(rows[0]!.ratios[at('cpuUsPerNotice')]).toEqual({ missing: 'too little work' })
  })
})

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
    expect(texts['short-polling']!.text).toMatch(/^▲ \d{3}× slower$/)
    expect(texts['short-polling']!.below).toMatch(/^\[\d{3}×, \d{3}×\]$/)
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
    expect(text(fixtureRun({ rounds: 1 }))).toContain('one round gives no intervals')
    expect(text(fixtureRun({ isLarge: true }))).not.toContain('garbage collector')
  })
})

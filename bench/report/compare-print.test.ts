import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import { kind as delivery } from '../../results/kinds/delivery.ts'
import { type RunOrder, sampleRun } from '../../results/sample-run.fixture.ts'
import { displayWidth } from '../cli/terminal.ts'
import { comparisonDocument, comparisonText } from './compare-print.ts'

const transports = Object.keys(clientTransports)
const [first] = transports as [string, ...string[]]
const runOf = (order: Partial<RunOrder> = {}) => sampleRun({ transports, ...order })
const before = runOf()
/** Half as many bytes for the first. */
const now = runOf({
  change: cell => (cell.transport === first ? { ...cell, bytesIn: 0, bytesOut: cell.bytesOut / 2 } : cell),
})
const wide = { color: false, width: Number.POSITIVE_INFINITY }
const { glyph } = clientTransports[first as keyof typeof clientTransports]

describe('the comparison in a terminal', () => {
  test('is a verdict and a table per statistic, with a row per transport', () => {
    const text = comparisonText(before, now, wide)
    expect(text).toContain(`No clear difference in the medians of ${transports.length} transports.`)
    const tables = text
      .trimEnd()
      .split('\n\n')
      .filter(part => part.includes('before [95 % CI]'))
    expect(tables.map(table => table.split(' ')[0])).toEqual([
      'medianMs',
      'p99Ms',
      'bytesPerNotice',
      'idleBytesPerMinute',
    ])
    for (const table of tables)
      expect(table.split('\n').filter(line => !line.startsWith('  '))).toHaveLength(transports.length + 1)
    expect(tables[2]).toMatch(new RegExp(`^${glyph} ${first} .*\\d\\.\\d+× less \\[0\\.\\d+×, 0\\.\\d+×\\]$`, 'm'))
    expect(text).toContain('cpuUsPerNotice: n/a (too little work)')
  })

  test('gives no verdict where the runs are not alike, and says what differs', () => {
    const other = runOf({ scenario: { clients: 200 } })
    const text = comparisonText(before, { ...other, fingerprint: { ...other.fingerprint, cores: 4 } }, wide)
    expect(text).toContain('Not like for like')
    expect(text).toContain('\n  clients: 100 before, 200 now\n')
    expect(text).toContain('\n  cores: 2 before, 4 now\n')
    expect(text).toContain('1.00× [')
    expect(text).not.toMatch(/[▲▼≈] (\d|no)|No clear|Median:/)
  })

  test('names loads and transports that only one of them has', () => {
    const text = comparisonText(before, runOf({ transports: [first, 'new'], idle: false }), wide)
    expect(text).toContain('loads only before: 100 subscribers · nothing published')
    expect(text).toContain('transports only now: new')
    expect(text).toContain(`transports only before: ${transports.slice(1).join(', ')}`)
    const empty = comparisonText({ ...before, scenarios: [] }, now, wide)
    expect(empty).toContain('no load in common')
  })

  test('keeps to the width of the terminal, and is the same text with colour', () => {
    for (const width of [60, 80, 120])
      for (const line of comparisonText(before, now, { color: false, width }).split('\n'))
        expect(displayWidth(line), line).toBeLessThanOrEqual(width)
    const colored = comparisonText(before, now, { ...wide, color: true })
    expect(colored).not.toBe(stripVTControlCharacters(colored))
    expect(stripVTControlCharacters(colored)).toBe(comparisonText(before, now, wide))
  })
})

describe('the document of a comparison', () => {
  test('has every statistic of both runs, the ratio, and words for it', () => {
    const { loads, tripped } = comparisonDocument(before, now, ['a sentence'])
    expect(tripped).toEqual(['a sentence'])
    expect(loads.map(({ scenario, isLikeForLike }) => [scenario, isLikeForLike])).toEqual([
      ['delivery', true],
      ['idle', true],
    ])
    const { transport, statistics } = loads[0]!.transports[0]!
    expect(transport).toBe(first)
    expect(Object.keys(statistics)).toEqual(Object.keys(delivery.metrics))
    const { bytesPerNotice } = statistics
    expect(bytesPerNotice).toMatchObject({
      before: before.summary[0]!.statistics.bytesPerNotice,
      now: now.summary[0]!.statistics.bytesPerNotice,
      difference: expect.stringMatching(/^.* less$/),
    })
    expect(statistics.cpuUsPerNotice!.ratio).toEqual({ missing: 'too little work' })
  })

  test('has no words where the runs are not alike', () => {
    const { loads, unlikeMachines } = comparisonDocument(before, runOf({ scenario: { rttMs: 9 } }), [])
    expect(unlikeMachines).toEqual([])
    expect(loads[0]).toMatchObject({ isLikeForLike: false, unlike: ['rttMs: 0 before, 9 now'] })
    expect(JSON.stringify(loads)).not.toMatch(/"difference"|"verdict"/)
  })
})

import { describe, expect, test } from 'vitest'
import { conditionsOf } from './conditions.ts'
import { parseRun } from './format.ts'
import { sampleRun } from './sample-run.fixture.ts'
import { fastestOf } from './summary.ts'
import { csvText, markdownTable, plainName } from './table.ts'
import { comparisonOf, machineOf, notesBelow, summaryCsv, summaryMarkdown } from './tables.ts'

const transports = ['a', 'b', 'c']
const busy = { cpuUs: 900_000, rssBytes: 1, rssBeforeBytes: 1, loopDelayP99Ms: null }

test('the run that these tests use is one that the schema accepts', () => {
  expect(parseRun(JSON.parse(JSON.stringify(sampleRun({ transports })))).cells).toHaveLength(23)
})

describe('the comparison', () => {
  test('has a row for each transport, ratios to the fastest, and intervals', () => {
    const { columns, rows, baseline, notes } = comparisonOf(sampleRun({ transports }), 'delivery')
    expect(baseline).toBe('a')
    expect(columns.map(({ header }) => header)).toEqual([
      'transport',
      'median ms [95 % CI]',
      'tier',
      'p99 ms',
      'vs a',
      'B/notice',
      'idle B/min',
      'lost',
    ])
    expect(rows.map(row => row[0])).toEqual(transports)
    expect(rows[0]).toEqual(['a', '0.399 [0.395, 0.403]', '1', '0.798', '1', '49.9', '100', '0'])
    expect(rows[2]!.slice(4)).toEqual(['3.00× slower', '130', '300', '0'])
    expect(notes).toEqual(['CPU µs/notice: n/a (too little work)'])
  })

  test('takes a baseline that is asked for', () => {
    const { columns, rows } = comparisonOf(sampleRun({ transports }), 'delivery', 'b')
    expect(columns[4]!.header).toBe('vs b')
    expect(rows.map(row => row[4])).toEqual(['2.00× faster', '1', '50 % slower'])
  })

  test('keeps a column that only some lack, with their reason', () => {
    const change = (cell: Parameters<NonNullable<Parameters<typeof sampleRun>[0]['change']>>[0]) =>
      cell.transport === 'b' ? { ...cell, server: busy } : cell
    const { columns, rows, notes } = comparisonOf(sampleRun({ transports, change }), 'delivery')
    expect(notes).toEqual(['CPU µs/notice: n/a (too little work) for a, c'])
    const index = columns.findIndex(({ header }) => header === 'CPU µs/notice')
    expect(rows.map(row => row[index])).toEqual(['n/a', '280', 'n/a'])
  })

  test('tells under which load CPU and memory were measured, where it was another one', () => {
    const { scenarios, ...run } = sampleRun({ transports })
    const parts = [
      { ...scenarios[0]!, id: 'cost', kind: 'cost' as const, clients: 2000, transports: ['a', 'b'] },
      { ...scenarios[0]!, id: 'cost-held', kind: 'cost' as const, clients: 2000, ratePerSecond: 3, transports: ['c'] },
    ]
    const summary = run.summary.map(row => ({
      ...row,
      statistics: { ...row.statistics, rssPerSubscriberBytes: { value: 25_200, low: null, high: null, n: 1 } },
    }))
    const { columns, rows, notes } = comparisonOf({ ...run, summary, scenarios: [...scenarios, ...parts] }, 'delivery')
    expect(columns.at(-2)!.header).toBe('kB/subscriber')
    expect(rows[0]!.at(-2)).toBe('25.2')
    expect(notes.at(-1)).toBe(
      'CPU and memory: measured apart, with 2000 subscribers · 10/s (a, b) and 2000 subscribers · 3/s (c)',
    )
  })

  test('shows how many rounds were used once one is void', () => {
    const run = sampleRun({
      transports,
      change: cell => (cell.transport === 'c' && cell.round === 1 ? { ...cell, status: 'void', lost: 3 } : cell),
    })
    const { columns, rows } = comparisonOf(run, 'delivery')
    expect(columns.at(-1)!.header).toBe('rounds used')
    expect(rows.map(row => row.slice(-2))).toEqual([
      ['0', '5 of 5'],
      ['0', '5 of 5'],
      ['3', '4 of 5'],
    ])
  })

  test('one round claims no difference', () => {
    const { rows } = comparisonOf(sampleRun({ transports, rounds: 1, idle: false }), 'delivery')
    expect(rows[1]!.slice(1, 4)).toEqual(['0.792', '1.58', '2.00× (one round)'])
  })

  test('says once that a transport has no usable round', () => {
    const run = sampleRun({ transports, change: cell => (cell.transport === 'b' ? { ...cell, status: 'void' } : cell) })
    const { rows, notes } = comparisonOf(run, 'delivery')
    expect(rows[1]).toEqual(['b', 'n/a', 'n/a', 'n/a', 'n/a', 'n/a', 'n/a', '0', '0 of 5'])
    expect(notes).toEqual(['CPU µs/notice: n/a (too little work)', 'b: n/a (no usable round)'])
  })

  test('says why a transport has none, and what it came to', () => {
    const reasons = ['saturated client: so']
    const run = sampleRun({
      transports,
      change: cell => (cell.transport === 'b' ? { ...cell, status: 'void', reasons } : cell),
    })
    expect(comparisonOf(run, 'delivery').notes.at(-1)).toBe('b: n/a (void: saturated client; its median was 798 µs)')
  })

  test('counts the attempts that were repeated, and says why they were', () => {
    const run = sampleRun({ transports })
    const attempt = { ...run.cells[0]!, status: 'void' as const, reasons: ['late publisher: so', 'busy machine: so'] }
    const repeated = { ...run, attempts: [attempt, { ...attempt, transport: 'c' }, attempt] }
    const summary = run.summary.map(row =>
      row.scenario === 'delivery' && row.transport !== 'b' ? { ...row, repeated: row.transport === 'a' ? 2 : 1 } : row,
    )
    expect(comparisonOf({ ...repeated, summary }, 'delivery').notes.at(-1)).toBe(
      'attempts that were repeated and do not count (busy machine): a 2, c 1',
    )
    const [header, first] = summaryCsv({ ...repeated, summary })
      .split('\r\n')
      .map(line => line.split(','))
    expect(first![header!.indexOf('repeated')]).toBe('2')
  })

  test('stands without any usable round', () => {
    const run = sampleRun({ transports, change: cell => ({ ...cell, status: 'void' }) })
    expect(fastestOf(run, 'delivery')).toBeUndefined()
    const { rows, notes, columns } = comparisonOf(run, 'delivery')
    expect(rows[0]).toHaveLength(columns.length)
    expect(notes).toEqual(transports.map(name => `${name}: n/a (no usable round)`))
  })
})

test('the conditions name everything a figure depends on', () => {
  const run = sampleRun({ transports })
  expect(conditionsOf(run, run.scenarios[0]!)).toBe(
    '100 subscribers per transport · 10 notices/s (Poisson) · bodies of 100 B · polls every 1 s, held up to 25 s · loopback · 5 × 3 s after 1 s of warm-up · coalescing on · browser headers · seed 7',
  )
  expect(conditionsOf(run, { ...run.scenarios[0]!, rttMs: 50, coalesce: false })).toContain(
    'emulated round trip 50 ms · 5 × 3 s',
  )
  expect(conditionsOf(run, { ...run.scenarios[0]!, tls: true })).toContain(
    'over TLS, whose records count as headers · loopback',
  )
  expect(conditionsOf(run, run.scenarios[1]!)).toContain('nothing published')
  expect(conditionsOf(run, { ...run.scenarios[0]!, workers: 2 })).toContain(
    "2 processes share a server's port, none pinned to a core · loopback",
  )
})

test('the machine is told in one line', () => {
  const run = sampleRun({ transports })
  expect(machineOf(run)).toBe(
    'Some CPU · 2 cores · 8.00 GB · Some Linux 1 · Linux 6.1.0 · Node v20.20.2 · revision 0123456789',
  )
  expect(machineOf({ fingerprint: { ...run.fingerprint, gitDirty: true } })).toMatch(/\(modified\)$/)
  expect(machineOf({ fingerprint: { ...run.fingerprint, gitRevision: null, gitDirty: null } })).toMatch(
    /Node v20\.20\.2$/,
  )
})

test('what stands below a picture names conditions, machine, notes and void cells', () => {
  const run = sampleRun({ transports, change: cell => (cell.round === 0 ? { ...cell, status: 'void' } : cell) })
  const noted = { ...run, warnings: [{ code: 'shared', severity: 'note' as const, message: 'all share two cores' }] }
  expect(notesBelow(noted, 'loopback')).toMatch(
    /^loopback · Some CPU · .* · \d+ of \d+ cells of the run are void and left out · all share two cores · run 20261122-195800-delivery$/,
  )
  expect(notesBelow(sampleRun({ transports }), '')).toMatch(/^Some CPU · [^v]*Node v[^v]* · revision \S+ · run /)
})

describe('CSV', () => {
  test('has plain names of columns, in the style of the summary', () => {
    const names = [
      '◆ WebSocket, ms',
      'median, 95 % from',
      'CPU µs/notice',
      'notices per poll interval, λT',
      'together, B',
    ]
    expect(names.map(plainName)).toEqual([
      'websocketMs',
      'medianLow',
      'cpuUsPerNotice',
      'noticesPerPollIntervalLambdaT',
      'togetherB',
    ])
  })

  test('quotes as RFC 4180 says and ends every record with CRLF', () => {
    expect(
      csvText([
        ['a', 'b,c', 'd"e', 'f\ng', 1.5],
        ['', ' x ', '', '', 0],
      ]),
    ).toBe('a,"b,c","d""e","f\ng",1.5\r\n, x ,,,0\r\n')
  })

  test('of a run has a record per row of the summary, six digits, and nothing where something is missing', () => {
    const run = sampleRun({ transports, rounds: 1 })
    const [header, ...records] = summaryCsv(run)
      .trimEnd()
      .split('\r\n')
      .map(line => line.split(','))
    expect(records).toHaveLength(6)
    expect(new Set(records.map(record => record.length))).toEqual(new Set([header!.length]))
    const at = (name: string, record = 0) => records[record]![header!.indexOf(name)]
    expect(at('medianMs')).toBe('0.396')
    expect(at('medianMsLow')).toBe('')
    expect(at('cpuUsPerNotice')).toBe('')
    expect(at('clients')).toBe('100')
    expect(at('medianMs', 3)).toBe('')
    expect(at('idleBytesPerMinute', 5)).toBe('300')
  })
})

describe('Markdown', () => {
  test('escapes what would break a table', () => {
    const table = {
      columns: [
        { header: 'x', align: 'left' },
        { header: 'n', align: 'right' },
      ] as const,
      rows: [['a|b\nc', '1']],
    }
    expect(markdownTable(table)).toBe('| x | n |\n| --- | ---: |\n| a\\|b c | 1 |')
  })

  test('of a run has verdict, table, conditions, warnings with remedy, machine and command', () => {
    const run = {
      ...sampleRun({ transports }),
      name: 'my run',
      command: ['-c', '100'],
      warnings: [{ code: 'x', severity: 'warning' as const, message: 'it was loud', remedy: 'close the door' }],
    }
    const text = summaryMarkdown(run)
    expect(text).toMatch(/^# my run\n\nThe first was fastest\.\n\n\| transport \| median ms \[95 % CI\] \|/)
    expect(text).toContain('| b | 0.798 [0.790, 0.807] | 2 | 1.60 | 2.00× slower | 89.8 | 200 | 0 |')
    expect(text).toContain('- CPU µs/notice: n/a (too little work)')
    expect(text).toContain('Conditions: 100 subscribers per transport')
    expect(text).toContain('- warning: it was loud (close the door)')
    expect(text).toContain('`npm run bench -- -c 100`')
    expect(text).not.toMatch(/\n{3}/)
  })

  test('says where a run is not complete, and heads each of several loads', () => {
    const run = sampleRun({ transports })
    const two = {
      ...run,
      status: 'partial' as const,
      scenarios: [...run.scenarios, { ...run.scenarios[0]!, id: 'second', rttMs: 100 }],
    }
    const text = summaryMarkdown(two)
    expect(text).toContain('**This run is partial.** The first was fastest.')
    expect(text).toContain('## 100 subscribers · 10/s · loopback\n')
    expect(text).toContain('## 100 subscribers · 10/s · RTT 100 ms\n')
    expect(summaryMarkdown(run)).toContain('`npm run bench`')
  })
})

test('claims stand in the summary with their verdict and why, and are left out where there are none', () => {
  const claim = {
    id: 'half',
    claim: 'half',
    source: 's',
    prediction: 'p',
    tolerance: 't',
    unit: 'ms',
    points: [],
    verdict: 'refuted' as const,
    why: 'it was twice that',
  }
  expect(summaryMarkdown({ ...sampleRun({ transports: ['a', 'b'] }), claims: [claim] })).toMatch(
    /## Claims[\s\S]*half[\s\S]*refuted[\s\S]*it was twice that/,
  )
  expect(summaryMarkdown(sampleRun({ transports: ['a', 'b'] }))).not.toContain('## Claims')
})

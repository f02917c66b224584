import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import type { Cell } from '../../results/cell.ts'
import { parseRun } from '../../results/format.ts'
import { sampleRun } from '../../results/sample-run.fixture.ts'
import { displayWidth } from '../cli/terminal.ts'
import { closingText, printRun, resultText } from './print.ts'

const transports = Object.keys(clientTransports)
const entries = Object.entries(clientTransports)
const wideLook = { color: false, width: Number.POSITIVE_INFINITY }
const linesOf = (text: string) => text.split('\n')
/** A line for each transport, by its glyph and name. */
const rowsOf = (text: string) =>
  entries.map(([name, { glyph }]) => linesOf(text).filter(line => line.startsWith(`${glyph} ${name} `)))

describe('the result', () => {
  test('is one aligned table with a row for each transport, named by glyph and name', () => {
    const text = resultText(sampleRun({ transports }), wideLook)
    const [header, ...rows] = linesOf(text).slice(0, transports.length + 1) as [string, ...string[]]
    expect(rowsOf(text).map(lines => lines.length)).toEqual(transports.map(() => 1))
    for (const column of ['median ms [95 % CI]', 'p99 ms', 'B/notice', 'idle B/min', 'lost']) {
      const end = displayWidth(header.slice(0, header.indexOf(column) + column.length))
      for (const row of rows) {
        const around = [...row].slice(end - 1, end + 1).join('')
        expect(around, `${column} in ${row}`).toMatch(/^\S\s?$/)
      }
    }
    expect(header).toContain(`vs ${transports[0]}`)
    expect(rows[1]).toContain('2.00× slower')
  })

  test('goes on with what is missing, the verdict, conditions, machine and warnings with their remedy', () => {
    const run = sampleRun({ transports })
    run.warnings.push({ code: 'x', severity: 'error', message: 'the client was saturated', remedy: 'fewer --clients' })
    const text = resultText(run, wideLook)
    const order = [
      'CPU µs/notice: n/a (too little work)',
      'The first was fastest.',
      'Conditions: 100 subscribers',
      'Machine: Some CPU',
      'error: the client was saturated',
      '\n  → fewer --clients',
    ]
    const places = order.map(part => text.indexOf(part))
    expect(places).not.toContain(-1)
    expect([...places].sort((a, b) => a - b)).toEqual(places)
  })

  test('takes a baseline', () => {
    const baseline = transports[1]!
    expect(resultText(sampleRun({ transports }), { ...wideLook, baseline })).toContain(`vs ${baseline}`)
  })

  test.each([80, 60, 40])(
    'stays within %i columns, every column under its header with the transports repeated',
    width => {
      const run = sampleRun({ transports })
      run.verdict = `${'A long sentence about what was found and under which conditions it holds. '.repeat(3)}`.trim()
      const text = resultText(run, { color: false, width })
      expect(linesOf(text).filter(line => displayWidth(line) > width)).toEqual([])
      const blocks = rowsOf(text).map(lines => lines.length)
      expect(new Set(blocks).size).toBe(1)
      expect(blocks[0]).toBeGreaterThan(1)
      for (const column of ['p99 ms', 'idle B/min', 'lost']) expect(text).toContain(column)
    },
  )

  test('colours only the glyphs, never red or green, and says the same without colour', () => {
    const run = sampleRun({ transports })
    const colored = resultText(run, { ...wideLook, color: true })
    expect(stripVTControlCharacters(colored)).toBe(resultText(run, wideLook))
    for (const [name, { glyph }] of entries)
      expect(colored).toMatch(new RegExp(`^(\x1b\\[38;5;\\d+m)?${glyph}(\x1b\\[39m)? ${name} `, 'm'))
    for (const code of [31, 32, 91, 92]) expect(colored).not.toContain(`\x1b[${code}m`)
    expect(resultText(run, wideLook)).not.toContain('\x1b')
  })

  test('of a run without a finished round says so, and still gives its warnings', () => {
    const text = resultText({ ...sampleRun({ transports, rounds: 0, idle: false }), status: 'failed' }, wideLook)
    expect(text).toContain('No round was finished: there is nothing to compare.')
  })

  test('shows losses and voided rounds', () => {
    const spoil = (cell: Cell): Cell =>
      cell.transport === transports[0] && cell.round === 0 ? { ...cell, lost: 12, status: 'void' } : cell
    const text = resultText(sampleRun({ transports, change: spoil }), wideLook)
    expect(rowsOf(text)[0]![0]).toMatch(/ 12 +4 of 5$/)
  })

  test('tells what came of a fault, and under which conditions', () => {
    const fault = { kind: 'kill-server', atMs: 1000, forMs: 0 } as const
    const recovery = { affected: 2, ms: [120, 480], to: { 'server-2': 2 }, atMs: 1000, untilMs: 3000 }
    const scenario = { servers: 2, balancer: 'haproxy', backplane: 'redis', fault } as const
    const text = resultText(sampleRun({ transports, scenario, change: cell => ({ ...cell, recovery }) }), wideLook)
    expect(text).toContain('What came of the fault: one server killed after 1 s.\ntransport ')
    expect(rowsOf(text)[0]![1]).toMatch(/ 10 +120 ms +480 ms +480 ms +server-2 10 +0 +0 +0 +5$/)
    expect(text).toContain('2 servers behind HAProxy · not sticky · redis backplane · one server killed after 1 s')
  })

  test('names a transport that this lab does not know', () => {
    expect(resultText(sampleRun({ transports: ['pigeon'] }), wideLook)).toMatch(/^· pigeon +0\.399 /m)
  })
})

test('the closing lines name the files and the next command', () => {
  const run = sampleRun({ transports })
  const closing = closingText(run, ['results/x/run.json', 'results/x/summary.md'])
  expect(closing).toContain('written  results/x/run.json\n         results/x/summary.md\n')
  expect(closing).toContain('npm start')
  expect(closing).not.toContain('npm run bench')
  expect(closingText(sampleRun({ transports, rounds: 1 }), ['results/x/report.html'])).toMatch(
    /next {5}open results\/x\/report\.html\n +npm start .*\n +npm run bench /,
  )
})

describe('where things are printed', () => {
  test('the result is on stdout, files and next command on stderr; --json leaves only the document, --quiet nothing on stderr', () => {
    const run = sampleRun({ transports })
    const heard = { stdout: '', stderr: '' }
    const original = { stdout: process.stdout.write, stderr: process.stderr.write }
    const listen = (options: Parameters<typeof printRun>[2]) => {
      heard.stdout = ''
      heard.stderr = ''
      for (const name of ['stdout', 'stderr'] as const)
        process[name].write = (text: string | Uint8Array) => {
          heard[name] += text
          return true
        }
      try {
        printRun(run, ['FILE'], options)
      } finally {
        process.stdout.write = original.stdout
        process.stderr.write = original.stderr
      }
      return { ...heard }
    }
    const usual = listen({ json: false, quiet: false, color: false })
    expect(usual.stdout).toContain('median ms')
    expect(usual.stdout).not.toContain('FILE')
    expect(usual.stderr).toContain('FILE')
    const json = listen({ json: true, quiet: true, color: true })
    expect(parseRun(JSON.parse(json.stdout))).toEqual(parseRun(JSON.parse(JSON.stringify(run))))
    expect(json.stderr).toBe('')
  })
})

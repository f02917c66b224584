import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import { cellOf, sampleRun } from '../../results/sample-run.fixture.ts'
import type { Scenario } from '../../results/scenario.ts'
import { displayWidth } from '../cli/terminal.ts'
import { createProgress } from './progress.ts'

const transports = Object.keys(clientTransports)
const [first, second] = transports as [string, string]
const { scenarios } = sampleRun({ transports })
const ofKind = (kind: Scenario['kind']): Scenario => ({ ...scenarios[0]!, id: kind, kind })
const plan = { scenarios, transports, rounds: 5 }
const ofKinds = { ...plan, scenarios: [ofKind('hold'), ofKind('tabs'), ofKind('hidden')] }

const listener = (isTTY: boolean, columns = 100) => {
  const stream = {
    isTTY,
    columns,
    text: '',
    write(text: string) {
      stream.text += text
      return true
    },
  }
  return stream
}
const options = { quiet: false, color: true }

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const sequences = /\x1b\[(?:(\d+)F|K|J|\?25[lh]|[0-9;]*m)|\n|[^\x1b\n]+/g

/** What a terminal shows after `text`: knows the sequences that the drawing uses. */
function screenOf(text: string): { lines: string[]; cursor: boolean } {
  const lines = ['']
  let row = 0
  let column = 0
  let cursor = true
  for (const [token, up] of text.matchAll(sequences)) {
    if (up !== undefined) {
      row = Math.max(0, row - Number(up))
      column = 0
    } else if (token === '\x1b[K') lines[row] = lines[row]!.slice(0, column)
    else if (token === '\x1b[J') {
      lines[row] = lines[row]!.slice(0, column)
      lines.length = row + 1
    } else if (token === '\x1b[?25l') cursor = false
    else if (token === '\x1b[?25h') cursor = true
    else if (token === '\n') {
      row++
      column = 0
      lines[row] ??= ''
    } else if (!token.startsWith('\x1b')) {
      lines[row] = lines[row]!.slice(0, column) + token + lines[row]!.slice(column + token.length)
      column += token.length
    }
  }
  return { lines: lines.filter(line => line !== ''), cursor }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('on a terminal', () => {
  test('one block is redrawn: the round and the time left, and a lane for each transport', () => {
    const stream = listener(true)
    const progress = createProgress(options, plan, stream, {})
    progress.roundStarted(1)
    progress.cellStarted('delivery', first)
    progress.cellLive({ delivered: 1234, p50Ms: 0.42 })
    vi.advanceTimersByTime(500)
    const { lines, cursor } = screenOf(stream.text)
    expect(cursor).toBe(false)
    expect(lines).toHaveLength(transports.length + 1)
    expect(lines[0]).toMatch(new RegExp(`^round 2 of 5 · ${first} · about \\d+ min \\d+ s left$`))
    expect(lines[1]).toMatch(new RegExp(`^› . ${first} +p50 +420 µs +1234 delivered  0 lost`))
    expect(lines[2]).toMatch(new RegExp(`^  . ${second} +p50 +– +0 delivered  0 lost`))

    progress.cellFinished(cellOf(first, 1, 500, { delivered: 2990, lost: 10, status: 'void', reasons: ['x'] }))
    progress.cellStarted('delivery', second)
    vi.advanceTimersByTime(60_000)
    const later = screenOf(stream.text).lines
    expect(later).toHaveLength(transports.length + 1)
    expect(later[1]).toMatch(/p50 +500 µs +2990 delivered {2}10 lost {2}1 void$/)
    progress.done()
  })

  test('is drawn at most twice a second, and not at all where nothing changed', () => {
    const stream = listener(true)
    let writes = 0
    const write = stream.write
    stream.write = text => {
      writes++
      return write(text)
    }
    const progress = createProgress(options, plan, stream, {})
    progress.cellStarted('delivery', first)
    writes = 0
    for (let i = 0; i < 1000; i++) {
      progress.cellLive({ delivered: i, p50Ms: 1 })
      vi.advanceTimersByTime(10)
    }
    expect(writes).toBeGreaterThanOrEqual(10)
    expect(writes).toBeLessThanOrEqual(20)
    // Only the time left changes now, once a second.
    writes = 0
    vi.advanceTimersByTime(10_000)
    expect(writes).toBeLessThanOrEqual(11)
    progress.done()
  })

  test('fits the terminal, so that no line wraps', () => {
    const stream = listener(true, 40)
    const progress = createProgress(options, plan, stream, {})
    progress.cellStarted('delivery', first)
    vi.advanceTimersByTime(500)
    for (const line of screenOf(stream.text).lines) expect(displayWidth(line)).toBeLessThan(40)
    progress.done()
  })

  test('what is measured again takes its time, and no part in what its lane has', () => {
    const stream = listener(true)
    const progress = createProgress(options, plan, stream, {})
    const leftMs = (): number => {
      vi.advanceTimersByTime(500)
      const [, minutes, seconds] = /about (\d+) min (\d+) s left/.exec(screenOf(stream.text).lines[0]!)!
      return (Number(minutes) * 60 + Number(seconds)) * 1000
    }
    progress.cellStarted('delivery', first)
    const before = leftMs()
    progress.cellLive({ delivered: 70, p50Ms: 5 })
    progress.cellsRepeated([cellOf(first, 0, 500, { status: 'void', reasons: ['busy machine: so'] })])
    const after = leftMs()
    const { warmupMs, windowMs } = scenarios[0]!
    expect(after - before).toBeGreaterThanOrEqual(warmupMs + windowMs - 1000)
    expect(screenOf(stream.text).lines[1]).toMatch(/ 0 delivered {2}0 lost$/)
    progress.done()
  })

  test('names the load where there are several', () => {
    const stream = listener(true)
    const far = { ...scenarios[0]!, id: 'far', rttMs: 100 }
    const progress = createProgress(options, { ...plan, scenarios: [scenarios[0]!, far] }, stream, {})
    progress.cellStarted('far', first)
    vi.advanceTimersByTime(500)
    expect(screenOf(stream.text).lines[0]).toMatch(/ left · 100 subscribers · 10\/s · RTT 100 ms$/)
    progress.done()
  })

  test('the table of the rounds that are done stands below, where there is room', () => {
    for (const [rows, isThere] of [
      [40, true],
      [10, false],
    ] as const) {
      const stream = Object.assign(listener(true), { rows })
      const progress = createProgress(options, plan, stream, {})
      progress.roundFinished({ ...sampleRun({ transports, rounds: 1 }), roundsDone: 1 })
      vi.advanceTimersByTime(500)
      const { lines } = screenOf(stream.text)
      expect(lines.some(line => line.startsWith('transport'))).toBe(isThere)
      expect(lines.some(line => line.startsWith('after 1 round'))).toBe(isThere)
      progress.done()
      expect(screenOf(stream.text).lines).toEqual([])
    }
  })

  test('a note stands above the drawing, which goes on below', () => {
    const stream = listener(true)
    const progress = createProgress(options, plan, stream, {})
    progress.note('stopping')
    const { lines } = screenOf(stream.text)
    expect(lines[0]).toBe('stopping')
    expect(lines).toHaveLength(transports.length + 2)
    progress.done()
  })

  test('leaves nothing behind: no drawing, no listener, the cursor back; a later note is only a line', () => {
    const listeners = process.listenerCount('exit')
    const stream = listener(true)
    const progress = createProgress(options, plan, stream, {})
    expect(process.listenerCount('exit')).toBe(listeners + 1)
    progress.done()
    progress.done()
    expect(process.listenerCount('exit')).toBe(listeners)
    expect(screenOf(stream.text)).toEqual({ lines: [], cursor: true })
    progress.note('later')
    expect(screenOf(stream.text).lines).toEqual(['later'])
  })

  test('tells the idle part and publishing alone apart, and the end when the plan took longer', () => {
    const stream = listener(true)
    const progress = createProgress(options, plan, stream, {})
    progress.cellStarted('delivery', null)
    vi.advanceTimersByTime(500)
    expect(screenOf(stream.text).lines[0]).toContain('publishing alone')
    progress.cellStarted('idle', null)
    vi.advanceTimersByTime(3_600_000)
    expect(screenOf(stream.text).lines[0]).toBe('idle part · all transports · nearly done')
    progress.done()
  })
})

describe('elsewhere', () => {
  test.each([
    ['a pipe', false, {}],
    ['TERM=dumb', true, { TERM: 'dumb' }],
  ])('%s gets one plain line for each finished cell', (_, isTTY, env) => {
    const stream = listener(isTTY)
    const progress = createProgress(options, plan, stream, env)
    progress.roundStarted(0)
    progress.cellStarted('delivery', first)
    progress.cellLive({ delivered: 1, p50Ms: 1 })
    progress.cellFinished(cellOf(first, 0, 500, { lost: 2 }))
    progress.cellFinished(cellOf(second, 0, 500, { status: 'void', reasons: ['late publisher', 'saturated client'] }))
    progress.cellFinished(cellOf(null, 0, 0))
    progress.cellFinished(cellOf(first, 0, 0, { scenario: 'idle', bytesIn: 5000, bytesOut: 6000 }))
    progress.note('noted')
    progress.done()
    expect(stream.text).not.toContain('\x1b')
    const lines = stream.text.trimEnd().split('\n')
    expect(lines).toHaveLength(5)
    expect(lines[0]).toMatch(new RegExp(`^round 1/5  ${first} +p50 +500 µs +3000 delivered  2 lost$`))
    expect(lines[1]).toMatch(/0 lost {2}void: late publisher; saturated client$/)
    expect(lines[2]).toMatch(/^round 1\/5 {2}publishing alone +30 published$/)
    expect(lines[3]).toMatch(new RegExp(`^idle part  ${first} +11,000 B$`))
    expect(lines[4]).toBe('noted')
  })

  test('connections that are held are told with how long a notice took, or with what they ended by', () => {
    const stream = listener(false)
    const progress = createProgress(options, ofKinds, stream, {})
    const hold = {
      wanted: 70_000,
      held: 70_000,
      portsPerAddress: 28_232,
      addresses: [{ opened: 70_000, isExhausted: false }],
      perWorker: [70_000],
      broadcasts: [
        { reached: 70_000, lastMs: 900 },
        { reached: 70_000, lastMs: 1250 },
      ],
      workerBytes: 0,
      loadBytes: 0,
      kernel: null,
      connectCpuUs: { primary: 0, workers: 0 },
    }
    progress.cellFinished(cellOf(first, 0, 0, { scenario: 'hold', hold }))
    const broadcasts = [{ reached: 1, lastMs: null }]
    const few = { ...hold, held: 9, broadcasts, endedBy: 'no port left' }
    progress.cellFinished(cellOf(first, 0, 0, { scenario: 'hold', hold: few }))
    progress.done()
    const [all, some] = stream.text.trimEnd().split('\n')
    expect(all).toMatch(/ 70,000 of 70,000 connections held, a notice reached all within 1.25 s$/)
    expect(some).toMatch(/ 9 of 70,000 connections held \(no port left\)$/)
  })

  test('tabs of a browser are told by the most that were opened, a hidden page by both of its delays', () => {
    const stream = listener(false)
    const progress = createProgress(options, ofKinds, stream, {})
    const rung = { open: 6, held: 6, received: 6 }
    const tabs = [
      { ...rung, tabs: 6, askedMs: 5 },
      { ...rung, tabs: 7, askedMs: null },
    ]
    progress.cellFinished(cellOf(first, 0, 0, { scenario: 'tabs', tabs }))
    const delay = { meanMs: 100, medianMs: 90, maxMs: 200 }
    const visible = { forMs: 1000, published: 9, received: 9, delay, polls: 0, interval: null, clockMs: 1 }
    const hidden = { visible, hidden: { ...visible, delay: null } }
    progress.cellFinished(cellOf(first, 0, 0, { scenario: 'hidden', hidden }))
    progress.done()
    const [tab, page] = stream.text.trimEnd().split('\n')
    expect(tab).toMatch(/ 6 of 7 tabs have the stream$/)
    expect(page).toMatch(/ a notice arrived after 100 ms in view, never behind another tab$/)
  })

  test('--quiet says nothing at all', () => {
    const stream = listener(true)
    const progress = createProgress({ ...options, quiet: true }, plan, stream, {})
    progress.roundStarted(0)
    progress.cellStarted('delivery', first)
    progress.cellFinished(cellOf(first, 0, 500))
    progress.note('x')
    progress.done()
    expect(stream.text).toBe('')
  })
})

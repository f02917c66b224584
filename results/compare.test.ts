import { describe, expect, test } from 'vitest'
import type { Cell } from './cell.ts'
import { counterpartOf, differencesOf, differenceText, ratioInterval, sentenceOf, wordsOf } from './compare.ts'
import { isMissing } from './estimate.ts'
import type { Run } from './format.ts'
import { cellOf, type RunOrder, sampleRun } from './sample-run.fixture.ts'

const transports = ['first', 'second', 'third']
const runOf = (order: Partial<RunOrder> = {}): Run => sampleRun({ transports, ...order })
const before = runOf()
const names = ['medianMs', 'bytesPerNotice', 'cpuUsPerNotice'] as const

/** Every latency of a transport's cells times `factor`, and a wobble that is not the other run's. */
const slower =
  (factor: number, of?: string) =>
  (cell: Cell): Cell => {
    if (cell.transport === null || !cell.delivery || (of !== undefined && cell.transport !== of)) return cell
    const wobble = 1 + ((cell.round % 2) - 0.4) / 100
    return { ...cell, delivery: cellOf(cell.transport, cell.round, cell.delivery.p50Us! * factor * wobble).delivery }
  }

const compare = (now: Run, then = before) => differencesOf(then, now, now.scenarios[0]!, names)
const sentence = (now: Run, then = before) =>
  sentenceOf(
    compare(now, then).rows.map(({ transport, ratios }) => ({ transport, ratio: ratios[0]! })),
    id => id.toUpperCase(),
  )
const changed = (run: Run, fingerprint: Partial<Run['fingerprint']>): Run => ({
  ...run,
  fingerprint: { ...run.fingerprint, ...fingerprint },
})

describe('two runs against each other', () => {
  test('differ by what they differ by, with an interval that holds it', () => {
    const { unlike, rows } = compare(runOf({ change: slower(1.5) }))
    expect(unlike).toEqual([])
    expect(rows.map(({ transport }) => transport)).toEqual(transports)
    for (const { ratios } of rows) {
      const ratio = ratios[0]!
      if (isMissing(ratio)) throw new Error(ratio.missing)
      expect(ratio.low!).toBeLessThan(1.5)
      expect(ratio.high!).toBeGreaterThan(1.5)
      expect(ratio.high! / ratio.low!).toBeLessThan(1.05)
    }
  })

  test('are told apart in a sentence, which names what changed and says of the rest that it did not', () => {
    expect(sentence(runOf({ change: slower(1.5) }))).toMatch(/^Median: FIRST 50 % slower, SECOND 5\d % slower, THIRD/)
    expect(sentence(runOf({ change: slower(0.7, 'second') }))).toBe(
      'Median: SECOND 30 % faster; no clear difference for the others.',
    )
    expect(sentence(runOf())).toBe('No clear difference in the medians of 3 transports.')
    expect(sentence(runOf({ transports: ['first'] }))).toBe('No clear difference in the medians of the one transport.')
    expect(sentence(runOf({ rounds: 1 }), runOf({ rounds: 1 }))).toBe(
      'Inconclusive: no transport has intervals in both runs.',
    )
  })

  test('are not like for like where load or machine differ, and are told what does', () => {
    const now = runOf({ scenario: { rttMs: 50, jitterMs: 2 } })
    expect(
      compare(changed(now, { kernel: 'Linux 6.6.0', packages: { express: '9.0.0' }, sysctls: { a: '1' } })).unlike,
    ).toEqual([
      'rttMs: 0 before, 50 now',
      'jitterMs: absent before, 2 now',
      'package express: absent before, 9.0.0 now',
      'kernel: Linux 6.1.0 before, Linux 6.6.0 now',
      'sysctl a: absent before, 1 now',
    ])
  })

  test('are not told of packages that no code of the load loads on what both measured', () => {
    const packages = { express: '5.3.0', ws: '8.23.0' }
    const now = { ...packages, ws: '9.0.0', autocannon: '9.0.0', '@redis/client': '6.0.0', 'chart.js': '4.6.1' }
    const unlike = (order: Partial<RunOrder>) =>
      compare(changed(runOf(order), { packages: now }), changed(runOf(order), { packages })).unlike
    expect(unlike({})).toEqual([])
    expect(unlike({ transports: ['websocket'] })).toEqual(['package ws: 8.23.0 before, 9.0.0 now'])
    expect(unlike({ scenario: { backplane: 'redis' } })).toEqual(['package @redis/client: absent before, 6.0.0 now'])
    expect(unlike({ scenario: { kind: 'capacity', seeks: 'polls' } })).toEqual([
      'package autocannon: absent before, 9.0.0 now',
    ])
  })

  test('are told of a condition that only the earlier one had', () => {
    const then = changed(runOf({ scenario: { burnUs: 20 } }), { isPinned: true })
    expect(compare(runOf(), then).unlike).toEqual([
      'burnUs: 20 before, absent now',
      'isPinned: true before, absent now',
    ])
  })

  test('are told of a fleet and a fault in words, and of no difference where one only writes out what the other has', () => {
    const fault = { kind: 'pause-backplane', atMs: 1000, forMs: 2000 } as const
    expect(compare(runOf({ scenario: { servers: 2, backplane: 'redis', tls: true, fault } })).unlike).toEqual([
      'servers: absent before, 2 now',
      'backplane: absent before, redis now',
      'tls: absent before, true now',
      'fault: absent before, backplane paused for 2 s after 1 s now',
    ])
    expect(compare(runOf({ scenario: { servers: 1, backplane: 'memory', workers: 1, tls: false } })).unlike).toEqual([])
  })

  test('may differ in rounds and transports, which change what is known, not what is measured', () => {
    const { unlike, rows } = compare(
      runOf({ rounds: 3, transports: ['second', 'new'], scenario: { rounds: 3, transports: ['second', 'new'] } }),
    )
    expect(unlike).toEqual([])
    expect(rows.map(({ transport }) => transport)).toEqual(['second'])
  })

  test('may differ in their revision: that is what one compares', () => {
    const { unlike, notes } = compare({
      ...changed(runOf(), { gitRevision: 'f'.repeat(40), gitDirty: true }),
      status: 'partial',
    })
    expect(unlike).toEqual([])
    expect(notes).toEqual([
      'revision: 0123456789 before, ffffffffff (modified) now',
      'run 20261122-195800-delivery is partial',
    ])
  })

  test('say why a ratio is missing', () => {
    expect(compare(runOf()).rows[0]!.ratios[2]).toEqual({ missing: 'too little work' })
    const silent = (cell: Cell): Cell => ({ ...cell, bytesIn: 0, bytesOut: 0 })
    expect(compare(runOf({ change: silent })).rows[0]!.ratios[1]).toEqual({
      missing: 'a ratio needs positive figures',
    })
    const voided = (cell: Cell): Cell => ({ ...cell, status: 'void' })
    expect(compare(runOf(), runOf({ change: voided })).rows[0]!.ratios[0]).toEqual({ missing: 'no usable round' })
  })

  test('meet under the scenario of the same id, else under the only one of that kind', () => {
    const [load, idle] = before.scenarios as [Run['scenarios'][0], Run['scenarios'][0]]
    expect(counterpartOf({ ...load, id: 'renamed' }, before)).toBe(load)
    expect(counterpartOf(idle, before)).toBe(idle)
    const many = { ...before, scenarios: [load, { ...load, id: 'faster' }] }
    expect(counterpartOf({ ...load, id: 'faster' }, many)!.id).toBe('faster')
    expect(counterpartOf({ ...load, id: 'renamed' }, many)).toBeUndefined()
    expect(counterpartOf({ ...load, kind: 'upstream' }, before)).toBeUndefined()
    expect(compare({ ...before, scenarios: [{ ...load, kind: 'upstream' }] })).toMatchObject({
      unlike: [],
      other: undefined,
      rows: [],
    })
  })
})

describe('a difference in words', () => {
  const ratio = { value: 1.24, low: 1.1, high: 1.4, n: 5 }

  test('is a verdict only where the runs are alike', () => {
    expect(differenceText(ratio, 'medianMs', true)).toBe('24 % slower')
    expect(differenceText(ratio, 'medianMs', false)).toBe('1.24×')
    expect(differenceText({ missing: 'why' }, 'medianMs', false)).toBe('n/a (why)')
  })

  test('speaks of time as faster and slower, of everything else as less and more', () => {
    expect(wordsOf('p99Ms')).toEqual(['faster', 'slower'])
    for (const name of ['bytesPerNotice', 'loopDelayP99Ms', 'cpuUsPerNotice'])
      expect(wordsOf(name)).toEqual(['less', 'more'])
  })

  test('has its interval beside it, unless one round gives none', () => {
    expect(ratioInterval(ratio)).toBe('[1.10×, 1.40×]')
    expect(ratioInterval({ ...ratio, low: null, high: null })).toBe('')
    expect(ratioInterval({ missing: 'why' })).toBe('')
  })
})

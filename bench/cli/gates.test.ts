import { describe, expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import type { Run } from '../../results/format.ts'
import { type RunOrder, sampleRun } from '../../results/sample-run.fixture.ts'
import { isExitError } from './exit.ts'
import { type Condition, parseCondition, requireJudgeable } from './fail-on.ts'
import { failedGates, failedGatesOfChange } from './gates.ts'

const transports = ['near', 'far']
const runOf = (order: Partial<RunOrder> = {}): Run => sampleRun({ transports, ...order })
/** Medians of about 0.4 ms and 0.8 ms. */
const run = runOf()
const conditions = (...texts: string[]): Condition[] => texts.map(text => parseCondition(text, { transports }))
const tripped = (text: string, of = run) => failedGates(conditions(text), of)

describe('a condition on a run', () => {
  test.each([
    ['near.medianMs>0.39', true],
    ['near.medianMs>0.41', false],
    ['near.medianMs<0.41', true],
    ['near.medianMs<0.39', false],
    ['far.medianMs>0.41', true],
    ['near.noticesPerWrite>1', false],
    ['near.noticesPerWrite>=1', true],
    ['near.noticesPerWrite<1', false],
    ['near.noticesPerWrite<=1', true],
  ])('%s trips: %s', (text, trips) => {
    expect(tripped(text).length).toBe(trips ? 1 : 0)
  })

  test('that trips is a sentence with figure, interval and scenario', () => {
    expect(tripped('near.medianMs>0.3')).toEqual([
      expect.stringMatching(
        /^--fail-on near\.medianMs>0\.3 tripped: 0\.\d+ \[0\.\d+, 0\.\d+\] with 100 subscribers · 10\/s$/,
      ),
    ])
  })

  test('trips where the figure is not to be had, since a gate that cannot see must not open', () => {
    expect(tripped('near.cpuUsPerNotice>1000000')).toEqual([
      '--fail-on near.cpuUsPerNotice>1000000 tripped: n/a (too little work) with 100 subscribers · 10/s',
    ])
    const voided = runOf({ change: cell => ({ ...cell, status: 'void' }) })
    expect(tripped('near.medianMs>1000', voided)[0]).toContain('n/a (no usable round)')
    const failed = { ...run, summary: [] }
    expect(tripped('near.medianMs>1000', failed)[0]).toContain('n/a (not measured)')
    expect(tripped('near.medianMs>1000', { ...run, scenarios: [] })[0]).toContain('n/a (not measured)')
  })

  test('holds under every scenario that has the statistic', () => {
    const [load] = run.scenarios
    const other = runOf({ scenario: { id: 'busy' }, change: cell => ({ ...cell, connectMs: 90 }) })
    const both: Run = {
      ...run,
      scenarios: [load!, ...other.scenarios.slice(0, 1)],
      summary: [...run.summary, ...other.summary],
    }
    expect(tripped('near.connectMs>50', both)).toEqual([
      '--fail-on near.connectMs>50 tripped: 90.0 [90.0, 90.0] with 100 subscribers · 10/s (2)',
    ])
    expect(tripped('near.connectMs>30', both)[0]).toMatch(/ \(1\); .* \(2\)$/)
  })

  test('looks at the idle part only for what nothing else measures', () => {
    const slowToConnect = (cell: Cell): Cell => (cell.scenario === 'idle' ? { ...cell, connectMs: 5000 } : cell)
    expect(tripped('near.connectMs>1000', runOf({ change: slowToConnect }))).toEqual([])
    expect(tripped('near.idleBytesPerMinute>1')[0]).toMatch(/tripped: 100 with \d+ subscribers · nothing published/)
  })

  test('that says nothing about what is measured is refused before it is', () => {
    const refusal = (text: string, of: Parameters<typeof requireJudgeable>[1]) => {
      try {
        requireJudgeable([parseCondition(text, { transports: [...transports, 'absent'] })], of)
      } catch (error) {
        if (isExitError(error) && error.exitCode === 2) return error.message
        throw error
      }
    }
    expect(refusal('near.medianMs>1', run)).toBeUndefined()
    expect(refusal('absent.medianMs>1', run)).toBe(
      '--fail-on absent.medianMs>1: absent is not measured, only near, far',
    )
    expect(refusal('near.upBytesPerMessage>1', run)).toBe(
      '--fail-on near.upBytesPerMessage>1: no scenario here measures upBytesPerMessage of near',
    )
    expect(refusal('near.idleBytesPerMinute>1', runOf({ idle: false }))).toContain('no scenario here measures')
  })
})

describe('a condition on the change between two runs', () => {
  /** `far` is 20 % slower, give or take 1 %. */
  const slower = runOf({
    change: cell => {
      if (cell.transport !== 'far' || !cell.delivery) return cell
      const p50Us = cell.delivery.p50Us! * 1.2
      return { ...cell, delivery: { ...cell.delivery, p50Us } }
    },
  })
  const changed = (text: string, now = slower, before = run) => failedGatesOfChange(conditions(text), before, now)

  test.each([
    ['far.medianMs>10%', true],
    // The interval reaches below: chance may have done it.
    ['far.medianMs>19.5%', false],
    ['far.medianMs<20.5%', false],
    ['far.medianMs<30%', true],
    ['near.medianMs>10%', false],
    ['near.medianMs<-10%', false],
  ])('%s trips: %s', (text, trips) => {
    expect(changed(text).length).toBe(trips ? 1 : 0)
  })

  test('says by how much, with the interval', () => {
    expect(changed('far.medianMs>10%')[0]).toMatch(
      /^--fail-on far\.medianMs>10% tripped: \+20\.0 % \[\+1\d\.\d %, \+2\d\.\d %\] with 100 subscribers · 10\/s$/,
    )
    expect(failedGatesOfChange(conditions('far.medianMs<-10%'), slower, run)[0]).toMatch(
      /tripped: −16\.7 % \[−1\d\.\d %, −1\d\.\d %\]/,
    )
  })

  test('trips where it cannot be told', () => {
    const unlike = runOf({ scenario: { rttMs: 50, clients: 7 } })
    expect(changed('near.medianMs>10%', unlike)[0]).toContain(
      'n/a (not like for like: clients: 100 before, 7 now, and 1 more) with 7 subscribers · 10/s',
    )
    expect(changed('near.medianMs>10%', runOf({ rounds: 1 }))[0]).toContain('n/a (one round gives no interval)')
    expect(changed('near.cpuUsPerNotice>10%')[0]).toContain('n/a (too little work)')
    expect(changed('far.medianMs>10%', run, runOf({ transports: ['near'] }))[0]).toContain('the earlier run has no far')
    expect(changed('near.medianMs>10%', run, { ...run, scenarios: [] })[0]).toContain(
      'the earlier run has no such load',
    )
  })
})

// The models' lines in the latency chart: calibrated by the run itself, and only where a model applies.
import { describe, expect, it } from 'vitest'
import { isMissing } from '../../results/estimate.ts'
import type { Run } from '../../results/format.ts'
import { longPolling } from '../../results/model.ts'
import type { Scenario } from '../../results/scenario.ts'
import { experimentsRun } from '../viewer/experiments.fixture.ts'
import { lawsOf } from './from-run/overlay.ts'
import { chart as latency } from './latency.ts'
import { chart as tail } from './tail.ts'

const run = experimentsRun()
const scenarioOf = (id: string, of: Run = run): Scenario => of.scenarios.find(each => each.id === id)!
const lawsUnder = (id: string, of: Run = run) =>
  lawsOf(
    of,
    scenarioOf(id, of),
    of.summary.filter(({ scenario }) => scenario === id),
  )
const medianOf = (transport: string, id: string): number => {
  const found = run.summary.find(row => row.scenario === id && row.transport === transport)!.statistics.medianMs!
  if (isMissing(found)) throw new Error(found.missing)
  return found.value
}

describe('predictions', () => {
  it('take the one-way delay from the fastest push, the interval from the load, λ and the gap from the cells', () => {
    const laws = lawsUnder('distance-50')
    const downMs = Math.min(medianOf('sse', 'distance-50'), medianOf('websocket', 'distance-50'))
    expect(laws.get('websocket')!.quantileMs(0.99)).toBe(downMs)
    expect(laws.get('short-polling')!.quantileMs(0.5)).toBe(500 + downMs)
    expect(laws.get('long-polling')!.meanMs).toBeCloseTo(
      longPolling({ ratePerSecond: 10, gapMs: 52, downMs, holdMs: 25_000 }).latency.meanMs,
      9,
    )
  })

  it('know a poll timer that begins with the answer', () => {
    const restarted: Run = {
      ...run,
      scenarios: run.scenarios.map(each => ({ ...each, pollTimer: 'after-answer' })),
    }
    const apart = (of: Run) => lawsUnder('distance-200', of).get('short-polling')!.maxMs
    expect(apart(restarted) - apart(run)).toBeCloseTo(200, 9)
  })

  it.each([
    ['a busy server', { burnUs: 100 }],
    ['a stopped server', { stallMs: 1400 }],
    ['one notice per answer', { limit: 1 }],
    ['a narrow line', { bandwidthKBps: 100 }],
  ])('are not made of %s', (_, change) => {
    expect(
      lawsUnder('distance-50', { ...run, scenarios: run.scenarios.map(each => ({ ...each, ...change })) }).size,
    ).toBe(0)
  })

  it('need a push to calibrate with', () => {
    const polls = run.summary.filter(({ transport }) => transport.endsWith('polling'))
    expect(lawsUnder('distance-50', { ...run, summary: polls }).size).toBe(0)
  })
})

describe('the latency chart', () => {
  const view = {
    run,
    scenario: scenarioOf('distance-50'),
    shown: ['short-polling', 'websocket'],
    theme: 'light',
  } as const
  it('draws them thin beside the measured lines, and tells them in its table', () => {
    const { config, table, caption } = latency.draw(view)
    const [measured, , model] = config!.data.datasets as unknown as {
      label: string
      borderColor: string
      borderWidth: number
      data: { x: number; q: number }[]
    }[]
    expect(config!.data.datasets.map(({ label }) => label)).toEqual([
      'Short polling',
      'WebSocket',
      'Short polling, model',
      'WebSocket, model',
    ])
    expect(model!.borderColor).toBe(measured!.borderColor)
    expect(model!.borderWidth).toBeLessThan(measured!.borderWidth)
    expect(table.columns[3]!.header).toBe('● Short polling, model, ms')
    expect(table.rows.map(row => row[3])).toEqual(model!.data.map(({ x }) => x))
    expect(caption).toContain('Thin lines')
  })

  it('leaves them out where there is none, and in the view of the tail', () => {
    const polls = { ...run, summary: run.summary.filter(({ transport }) => transport.endsWith('polling')) }
    const { config, caption } = latency.draw({ ...view, run: polls })
    expect(config!.data.datasets).toHaveLength(1)
    expect(caption).not.toContain('Thin lines')
    expect(tail.draw(view).config!.data.datasets).toHaveLength(2)
  })
})

import { describe, expect, it } from 'vitest'
import type { Claim } from '../../../results/format.ts'
import { experimentsRun } from '../../viewer/experiments.fixture.ts'
import type { Figure } from '../chart.ts'
import { claimChart, claimFigure } from './claim.ts'

const run = experimentsRun()
const claimOf = (id: string): Claim => run.claims!.find(claim => claim.id === id)!
const dataOf = ({ config }: Figure) => config!.data.datasets.map(({ data }) => data as unknown[])
const axisOf = ({ config }: Figure) => (config!.options!.scales as Record<string, { type: string; min: number }>).x!

describe('the chart of a claim', () => {
  it('draws measured with its interval, claimed and predicted, a row for each point', () => {
    const figure = claimFigure(claimOf('half-interval-poll'), 'light')
    expect(dataOf(figure)).toEqual([
      [
        { x: 549, y: 0, xMin: 545, xMax: 553 },
        { x: 1052, y: 1, xMin: 1040, xMax: 1064 },
      ],
      [
        { x: 600, y: 0 },
        { x: 1100, y: 1 },
      ],
      [
        { x: 550, y: 0 },
        { x: 1050, y: 1 },
      ],
    ])
    expect(figure.table.rows).toEqual([
      ['T = 1 s', 550, 600, 549, 545, 553, 3],
      ['T = 2 s', 1050, 1100, 1052, 1040, 1064, 3],
    ])
    expect(figure.finding).toBe(
      'Furthest from the prediction: T = 2 s: measured 1050, predicted 1050 ms (0.190 % above).',
    )
    expect(figure.conditions).toContain('claim half-interval-poll (folklore) · tolerance 2 % of T · refuted')
  })

  it('begins at zero, and is logarithmic only where the dots would else lie on each other', () => {
    expect(axisOf(claimFigure(claimOf('half-interval-poll'), 'light'))).toMatchObject({ type: 'linear', min: 0 })
    expect(axisOf(claimFigure(claimOf('headers-500'), 'light')).type).toBe('logarithmic')
    const { points, ...claim } = claimOf('headers-500')
    const around = [...points, { ...points[0]!, predicted: 0 }]
    expect(axisOf(claimFigure({ ...claim, points: around }, 'light')).type).toBe('linear')
    const below = [{ ...points[0]!, measured: { value: -2, low: -3, high: -1, n: 3 } }]
    expect(axisOf(claimFigure({ ...claim, points: below }, 'light')).min).toBe(-3)
  })

  it('has a strip with an axis of its own for each unit', () => {
    const { points, ...claim } = claimOf('half-interval-poll')
    const [ms] = points as [Claim['points'][number]]
    const times = { ...ms, label: 'ratio', unit: 'times', predicted: 1, claimed: null }
    const mixed = { ...claim, points: [times, ms, { ...times, measured: { value: 2, low: 1, high: 3, n: 3 } }] }
    const figure = claimFigure(mixed, 'light')
    const axes = figure.config!.options!.scales as Record<string, { title: { text: string }; max?: number }>
    expect([axes.x!.title.text, axes.x1!.title.text]).toEqual(['times', 'ms'])
    // Rows in the order of units, one more of them for each axis.
    expect(dataOf(figure).map(data => data.map(point => (point as { y: number }).y))).toEqual([
      [0, 1],
      [],
      [0, 1],
      [3],
      [3],
      [3],
    ])
    expect(figure.config!.data.datasets.map(dataset => (dataset as { xAxisID?: string }).xAxisID)).toEqual([
      ...['x', 'x', 'x'],
      ...['x1', 'x1', 'x1'],
    ])
    expect(figure.table.rows.map(row => row[1])).toEqual(['times', 'ms', 'times'])
    expect(figure.caption).toBe(
      'Dots: measured, with 95 % intervals over rounds; upright lines: predicted; diamonds: claimed. An axis without a zero is logarithmic.',
    )
    expect(figure.finding).toContain('times')
  })

  it('calls transports by their labels, and is titled by the claim', () => {
    const { points, ...claim } = claimOf('headers-500')
    const figure = claimFigure({ ...claim, points: [{ ...points[0]!, label: 'long-polling, round 1' }] }, 'light')
    expect(figure.table.rows[0]![0]).toBe('Long polling, round 1')
    expect(figure.finding).toMatch(/^Long polling, round 1: /)
    expect(figure.title).toBe(claim.claim)
  })

  it('leaves out what is not known or endless, and keeps the rest in its row', () => {
    const { points, ...claim } = claimOf('headers-500')
    const odd = [
      { ...points[0]!, measured: null },
      { ...points[0]!, predicted: Number.POSITIVE_INFINITY },
    ]
    const figure = claimFigure({ ...claim, points: odd }, 'dark')
    expect(dataOf(figure).map(points => points.length)).toEqual([1, 2, 1])
    expect(dataOf(figure)[0]).toEqual([{ x: 351, y: 1, xMin: 340, xMax: 362 }])
    expect(figure.table.rows[0]![3]).toBe('n/a (not measured)')
    expect(figure.finding).not.toMatch(/Infinity|NaN|∞/)
  })

  it('says what was measured where nothing was predicted, that a figure is exact, and n/a where there is none', () => {
    const { points, ...claim } = claimOf('headers-500')
    const told = points.map(point => ({ ...point, predicted: null }))
    expect(claimFigure({ ...claim, points: told }, 'light').finding).toBe(
      'Measured: 351 (headers only), 4.60 (IP packets).',
    )
    expect(claimFigure(claimOf('sse-framing'), 'light').finding).toContain(
      'measured 27.0, predicted 27.0 B per notice, exactly.',
    )
    const many = { ...claim, points: Array.from({ length: 7 }, () => told[0]!) }
    expect(claimFigure(many, 'light').finding).toMatch(/^Measured: (351 \(headers only\), ){4}and 3 more\.$/)
    const around0 = { ...points[0]!, predicted: -0.001, measured: { value: 0.002, low: -0.1, high: 0.1, n: 3 } }
    expect(claimFigure({ ...claim, points: [around0] }, 'light').finding).not.toContain('%')
    const nothing = claimChart('graceful').draw({ run, scenario: run.scenarios[0]!, shown: [], theme: 'light' })
    expect([nothing.config, nothing.finding]).toEqual([null, 'n/a (no point could be measured)'])
  })
})

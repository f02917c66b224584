// The chart of a server under everything at once: where it is shown, what it draws and says.
import { describe, expect, it } from 'vitest'
import { parseRun, type Run } from '../../results/format.ts'
import { cellOf } from '../../results/sample-run.fixture.ts'
import { fixtureRun } from '../viewer/run.fixture.ts'
import { chartsOfSoaks } from './occasional.ts'

const { soak: chart } = chartsOfSoaks
const plain = fixtureRun()
const readings = Array.from({ length: 11 }, (_, i) => ({
  atMs: i * 60_000,
  heapBytes: 20e6,
  rssBytes: 100e6 + i * 1e6,
  descriptors: 50,
  lost: i === 10 ? 1 : 0,
  doubled: 0,
}))
const soaked: Run = {
  ...plain,
  transports: ['sse', 'websocket'],
  cells: ['sse', 'websocket'].map(transport =>
    cellOf(transport, 0, 1, {
      scenario: 'soak',
      lost: 1,
      duplicated: 0,
      soak: { readings, cuts: 7, restarts: 2, attacks: { pings: 3, heads: 4 } },
    }),
  ),
  scenarios: [{ ...plain.scenarios[0]!, id: 'soak', kind: 'soak' }],
  summary: [],
}
const draw = (theme: 'light' | 'dark' = 'light') =>
  chart.draw({ run: soaked, scenario: soaked.scenarios[0]!, shown: soaked.transports, theme })

describe('the chart of a soak', () => {
  it('is shown for such runs alone, which can be read', () => {
    expect(chart.isIn(parseRun(JSON.parse(JSON.stringify(soaked))))).toBe(true)
    expect(chart.isIn(plain)).toBe(false)
  })

  it.each(['light', 'dark'] as const)('draws both memories over the minutes (%s)', theme => {
    const { config, table } = draw(theme)
    const data = config!.data.datasets.map(set => set.data as unknown as { x: number; y: number }[])
    expect(data.map(points => [points[0], points.at(-1)])).toEqual([
      [
        { x: 0, y: 100 },
        { x: 10, y: 110 },
      ],
      [
        { x: 0, y: 20 },
        { x: 10, y: 20 },
      ],
    ])
    expect(table.rows.at(-1)).toEqual([10, 110, 20, 50, 2, 0])
  })

  it('says how fast memory grew, what was lost, and through how much', () => {
    expect(draw().finding).toBe(
      'Resident memory was 100 MB at first and 110 MB at last; its trend was 60.0 [60.0, 60.0] MB an hour. 2 notices lost and 0 doubled, in 7 cuts, 2 restarts and 7 attacks.',
    )
  })
})

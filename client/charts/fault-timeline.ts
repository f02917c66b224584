// What a fault does to the stream: tenth of a second by tenth, how many notices came and how late the latest of them was.
import type { Cell } from '../../results/cell.ts'
import { faultText } from '../../results/conditions.ts'
import { faultRowsOf } from '../../results/faults.ts'
import { formatMs, missingText } from '../../results/figures.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { OfFleet } from './chart.ts'
import { type Bin, type Series, timelineConfig } from './drawing/fault-strips.ts'
import { lookOf, nameOf } from './drawing/style.ts'

const title = 'The stream before, during and after the fault'

export const chart: OfFleet = {
  isUnder: (_, { fault }) => fault !== undefined,
  draw(view) {
    const { run, scenario, shown } = view
    const rows = faultRowsOf(run, scenario)
    const series = shown.flatMap((transport): Series[] => {
      const cells = run.cells.filter(
        cell => cell.scenario === scenario.id && cell.transport === transport && cell.status === 'ok',
      )
      const bins = binsOf(cells)
      const without = rows.find(row => row.transport === transport)?.without
      return bins.length > 0 ? [{ transport, bins, lastBackMs: without?.maxMs }] : []
    })
    const stepMs = series[0] ? series[0].bins[1]!.atMs - series[0].bins[0]!.atMs : 100
    // At random times 7 in 1000 pauses are longer than five mean ones; a shorter one says nothing of the fault.
    const gapMs = Math.max(3 * stepMs, 5000 / scenario.ratePerSecond)
    const caption = `For each ${formatMs(stepMs)} of the window. Lines: the latest of the notices that came, from appended to received, of all rounds, on one logarithmic scale; a line breaks where nothing came for more than ${formatMs(gapMs)}. Bars below: notices that came, mean over rounds, from zero, each transport on its own scale.`
    const at = new Map(series.map(({ transport, bins }) => [transport, new Map(bins.map(bin => [bin.atMs, bin]))]))
    const table = {
      columns: [
        { header: 'from, s', align: 'right' as const },
        ...series.flatMap(({ transport }) =>
          ['notices', 'latest, ms'].map(what => ({
            header: `${nameOf(transport)}, ${what}`,
            align: 'right' as const,
          })),
        ),
      ],
      rows: [...new Set(series.flatMap(({ bins }) => bins.map(({ atMs }) => atMs)))]
        .toSorted((a, b) => a - b)
        .map(atMs => [
          atMs / 1000,
          ...series.flatMap(({ transport }) => {
            const bin = at.get(transport)!.get(atMs)
            return [bin?.notices ?? null, bin?.latestMs ?? null]
          }),
        ]),
    }
    if (series.length === 0)
      return { title, caption, table, finding: missingText('no arrivals were kept'), config: null, heightPx: 0 }
    const span = spanOf(scenario, run.cells)
    return {
      title,
      caption,
      table,
      finding: findingOf(scenario, series, span.fromMs, stepMs, gapMs),
      heightPx: 70 + 118 * series.length,
      config: timelineConfig(view, series, span, { stepMs, gapMs }),
    }
  },
}

/** The rounds' arrivals as one record: the mean number, and the latest of all. Rounds that were cut short end where they end. */
function binsOf(cells: readonly Cell[]): Bin[] {
  const found = cells.flatMap(({ arrivals }) => (arrivals && arrivals.length > 1 ? [arrivals] : []))
  const bins = new Map<number, { sum: number; rounds: number; latestMs: number | null }>()
  for (const arrivals of found)
    for (const [atMs, notices, latestMs] of arrivals) {
      const bin = bins.get(atMs) ?? { sum: 0, rounds: 0, latestMs: null }
      bin.sum += notices
      bin.rounds++
      if (latestMs !== null) bin.latestMs = Math.max(bin.latestMs ?? 0, latestMs)
      bins.set(atMs, bin)
    }
  return [...bins]
    .toSorted(([a], [b]) => a - b)
    .map(([atMs, { sum, rounds, latestMs }]) => ({ atMs, notices: sum / rounds, latestMs }))
}

/** When it happened and, where it passes by itself, when it had; as measured, mean over the cells, or else as planned. */
function spanOf(scenario: Scenario, cells: readonly Cell[]) {
  const { kind, atMs, forMs } = scenario.fault!
  const found = cells.flatMap(cell => (cell.scenario === scenario.id && cell.recovery ? [cell.recovery] : []))
  const mean = (of: (each: (typeof found)[number]) => number, planned: number) =>
    found.length > 0 ? found.reduce((sum, each) => sum + of(each), 0) / found.length : planned
  return {
    text: kind === 'kill-server' ? 'server killed' : 'backplane paused',
    fromMs: mean(each => each.atMs, atMs),
    toMs: kind === 'kill-server' ? undefined : mean(each => each.untilMs, atMs + forMs),
  }
}

/** From the fault on: how late the latest notice was, and the longest stretch without any, unless chance explains it. */
function findingOf(
  scenario: Scenario,
  series: readonly Series[],
  fromMs: number,
  stepMs: number,
  gapMs: number,
): string {
  const parts = series.map(({ transport, bins }) => {
    const after = bins.filter(({ atMs }) => atMs + stepMs > fromMs)
    let [longest, length] = [0, 0]
    for (const { latestMs } of after) {
      length = latestMs === null ? length + 1 : 0
      longest = Math.max(longest, length)
    }
    const latest = Math.max(...after.map(({ latestMs }) => latestMs ?? 0))
    const silence = longest * stepMs > gapMs ? `, silent for ${formatMs(longest * stepMs)}` : ''
    return `${lookOf(transport, 'light').label} up to ${formatMs(latest)} late${silence}`
  })
  const what = faultText(scenario)!
  return `${what[0]!.toUpperCase()}${what.slice(1)}. From then on: ${parts.join('; ')}.`
}

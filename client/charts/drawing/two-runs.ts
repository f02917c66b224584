// Two runs in one chart: a statistic of each transport before and now, as open and filled marks with their intervals.
import { differencesOf, differenceText, ratioInterval, sentenceOf, summaryOf } from '../../../results/compare.ts'
import { nameOfLoad } from '../../../results/conditions.ts'
import { type Estimate, isMissing, type Statistic } from '../../../results/estimate.ts'
import { formatBytes, formatMs } from '../../../results/figures.ts'
import type { Run } from '../../../results/format.ts'
import type { StatisticName } from '../../../results/metrics.ts'
import type { Chart, ChartView } from '../chart.ts'
import { numbersOf } from '../from-run/numbers.ts'
import { logAxis, logEnds, placesAxis } from './axis.ts'
import { barsHeightPx } from './bars.ts'
import { hover } from './hover.ts'
import { legend } from './legend.ts'
import { marksStyle } from './marks.ts'
import { asConfig, baseOptions, lookOf, nameOf, palettes } from './style.ts'

export interface DrawnStatistic {
  readonly name: StatisticName
  readonly label: string
  /** Unit of the stored value, for the table. */
  readonly unit: string
  /** A value with its unit, as people read it. */
  readonly text: (value: number) => string
}

/** What two runs can be drawn side by side in. */
export const statisticsDrawn: readonly DrawnStatistic[] = [
  { name: 'medianMs', label: 'Median latency', unit: 'ms', text: formatMs },
  { name: 'p99Ms', label: 'p99 latency', unit: 'ms', text: formatMs },
  { name: 'bytesPerNotice', label: 'Bytes per notice', unit: 'B', text: formatBytes },
  { name: 'cpuUsPerNotice', label: 'Server CPU per notice', unit: 'µs', text: us => formatMs(us / 1000) },
]

/** How far a mark is from the middle of its transport's row. */
const ASIDE = 0.17

/** The chart of a run against `before`, in one statistic. */
export const twoRuns = (before: Run, statistic: DrawnStatistic): Chart => ({
  draw: view => draw(view, before, statistic),
})

interface Pair {
  readonly transport: string
  readonly before: Statistic
  readonly now: Statistic
  readonly ratio: Statistic
}

function draw(view: ChartView, earlier: Run, statistic: DrawnStatistic) {
  const { run, scenario, shown } = view
  const { name, label, unit } = statistic
  const { other, rows, unlike } = differencesOf(earlier, run, scenario, [name])
  const pairs = rows
    .filter(({ transport }) => shown.includes(transport))
    .map(
      ({ transport, ratios }): Pair => ({
        transport,
        before: summaryOf(earlier, other!.id, transport, name),
        now: summaryOf(run, scenario.id, transport, name),
        ratio: ratios[0]!,
      }),
    )
  const isAlike = unlike.length === 0
  const isKnown = pairs.some(({ before, now }) => isDrawable(before) || isDrawable(now))
  return {
    title: `${label}, before and now`,
    caption:
      'Open marks: before, the run that it is compared with; filled marks: now, the run that is shown; whiskers: 95 % intervals over rounds. The axis is logarithmic.',
    finding: !isKnown
      ? 'n/a (no transport has this figure in both runs)'
      : isAlike
        ? sentenceOf(pairs, id => lookOf(id, 'light').label).replace(/^Median/, label)
        : 'The runs are not alike, so what differs here is not told from what differs there.',
    table: {
      columns: [
        { header: 'transport', align: 'left' as const },
        ...['before', 'now'].flatMap(when =>
          [`${when}, ${unit}`, `${when}, 95 % from`, `${when}, 95 % to`].map(header => ({
            header,
            align: 'right' as const,
          })),
        ),
        { header: 'difference', align: 'right' as const },
      ],
      rows: pairs.map(({ transport, before, now, ratio }) => [
        nameOf(transport),
        ...numbersOf(before),
        ...numbersOf(now),
        [differenceText(ratio, name, isAlike), ratioInterval(ratio)].filter(text => text !== '').join(' '),
      ]),
    },
    heightPx: isKnown ? barsHeightPx(pairs.length) + 40 : 0,
    conditions: `${nameOfLoad(run, scenario.id)} · against run ${earlier.id}`,
    config: isKnown ? configOf(view, pairs, statistic) : null,
  }
}

const isDrawable = (statistic: Statistic): statistic is Estimate => !isMissing(statistic) && statistic.value > 0

function configOf({ theme }: ChartView, pairs: readonly Pair[], { label, text }: DrawnStatistic) {
  const sides = [
    { side: 'before', aside: -ASIDE, isFilled: false },
    { side: 'now', aside: ASIDE, isFilled: true },
  ] as const
  const drawn = pairs.flatMap(pair => [pair.before, pair.now].filter(isDrawable))
  // A whisker that reaches to zero or below has no place on a logarithmic axis; it ends at the axis.
  const ends = logEnds(
    drawn.flatMap(({ value, low, high }) => [value, high ?? value, Math.max(low ?? value, value / 10)]),
  )
  const known = ({ side }: (typeof sides)[number]): (Pair & { at: number })[] =>
    pairs.flatMap((pair, at) => (isDrawable(pair[side]) ? [{ ...pair, at }] : []))
  return asConfig({
    type: 'scatterWithErrorBars',
    data: {
      datasets: sides.map(each => ({
        label: each.side,
        data: known(each).map(pair => {
          const { value: x, low, high } = pair[each.side] as Estimate
          const whisker = low !== null && high !== null && { xMin: Math.max(low, ends.min), xMax: high }
          return { x, y: pair.at + each.aside, ...whisker }
        }),
        ...marksStyle(
          theme,
          known(each).map(({ transport }) => transport),
          each.isFilled,
        ),
      })),
    },
    options: {
      ...baseOptions(theme),
      scales: {
        x: logAxis({ theme, axis: 'x', title: label, ends, text }),
        y: placesAxis(
          theme,
          pairs.map(({ transport }, at) => ({ at, label: nameOf(transport) })),
          { reverse: true },
        ),
      },
    },
    plugins: [
      hover(theme, (set, at) => {
        const each = sides[set]!
        const pair = known(each)[at]!
        return `${lookOf(pair.transport, theme).label}, ${each.side}: ${text((pair[each.side] as Estimate).value)}`
      }),
      legend(theme, [
        { text: 'before', color: palettes[theme].muted, glyph: '○' },
        { text: 'now', color: palettes[theme].muted, glyph: '●' },
      ]),
    ],
  })
}

// What numbers cost: latency, CPU and memory of the server against the number of subscribers.

import { isMissing, type Statistic } from '../../results/estimate.ts'
import { formatBytes, formatCount, formatMs, threeDigits } from '../../results/figures.ts'
import { estimateOf } from '../../results/statistics.ts'
import type { AcrossLoads } from './chart.ts'
import { tickMs } from './drawing/axis.ts'
import { type Strip, stripsFigure } from './drawing/strips.ts'
import { lookOf } from './drawing/style.ts'
import { familyOf, type Spot, type Track } from './from-run/family.ts'

const named =
  (name: string) =>
  ({ row }: Spot): Statistic =>
    row.statistics[name] ?? { missing: 'not measured' }

const ofCore = ({ cells }: Spot): Statistic =>
  cells.length > 0
    ? estimateOf(cells.map(({ server, windowMs }) => server.cpuUs / windowMs / 10))
    : { missing: 'no usable round' }

const strips: readonly Strip[] = [
  { title: 'median latency', unit: 'ms', text: tickMs, isLog: true, statistic: named('medianMs') },
  { title: 'p99 latency', unit: 'ms', text: tickMs, isLog: true, statistic: named('p99Ms') },
  {
    title: 'server CPU, publishing included',
    unit: '% of a core',
    text: value => `${threeDigits(value)} %`,
    isLog: false,
    statistic: ofCore,
  },
  {
    title: 'server memory per connection',
    unit: 'bytes',
    text: formatBytes,
    isLog: false,
    statistic: named('rssPerSubscriberBytes'),
  },
]

export const chart: AcrossLoads = {
  isIn: run => familyOf(run, 'clients').length > 0,
  draw: view =>
    stripsFigure(view, {
      title: 'Latency, CPU and memory against the number of subscribers',
      caption:
        'Latency from appended to received on logarithmic axes; CPU and memory (RSS, without kernel memory) from zero. Whiskers are 95 % intervals over rounds.',
      family: familyOf(view.run, 'clients', view.scenario),
      axisTitle: 'subscribers',
      isLog: true,
      at: ({ value }) => value,
      tick: formatCount,
      strips,
      finding: tracks => `Medians: ${ends(tracks)}.`,
    }),
}

/** What each transport has with the fewest and with the most subscribers. */
function ends(tracks: readonly Track[]): string {
  const parts = tracks.flatMap(({ transport, spots }) => {
    const known = spots.flatMap(spot => {
      const found = named('medianMs')(spot)
      return isMissing(found) ? [] : [{ spot, ms: found.value }]
    })
    const [few, many] = [known[0], known.at(-1)]
    if (!few || !many) return []
    const label = lookOf(transport, 'light').label
    return [
      `${label} ${formatMs(few.ms)} at ${formatCount(few.spot.value)} and ${formatMs(many.ms)} at ${formatCount(many.spot.value)}`,
    ]
  })
  return parts.length > 0 ? parts.join(', ') : 'n/a (no latency was measured)'
}

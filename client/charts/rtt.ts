// What distance costs: mean latency against the round trip.

import { isMissing } from '../../results/estimate.ts'
import { formatMs } from '../../results/figures.ts'
import type { AcrossLoads } from './chart.ts'
import { tickMs } from './drawing/axis.ts'
import { type Strip, stripsFigure } from './drawing/strips.ts'
import { lookOf } from './drawing/style.ts'
import { familyOf, type Track } from './from-run/family.ts'

export const chart: AcrossLoads = {
  isIn: run => familyOf(run, 'rttMs').length > 0,
  draw: view =>
    stripsFigure(view, {
      title: 'Latency against distance',
      caption:
        'Mean from appended to received, by emulated round trip; 0 is loopback without the emulator. Both axes are linear from zero, whiskers are 95 % intervals over rounds.',
      family: familyOf(view.run, 'rttMs', view.scenario),
      axisTitle: 'round trip',
      isLog: false,
      at: ({ value }) => value,
      tick: value => (value === 0 ? '0' : tickMs(value)),
      strips: [
        {
          title: 'mean latency',
          unit: 'ms',
          text: value => (value === 0 ? '0' : formatMs(value)),
          isLog: false,
          statistic: ({ row }) => row.statistics.meanMs ?? { missing: 'not measured' },
        },
      ],
      finding: (tracks, [strip]) => growth(tracks, strip!),
    }),
}

function growth(tracks: readonly Track[], { statistic }: Strip): string {
  const parts = tracks.flatMap(({ transport, spots }) => {
    const known = spots.flatMap(spot => {
      const found = statistic(spot)
      return isMissing(found) ? [] : [{ rttMs: spot.value, ms: found.value }]
    })
    const [near, far] = [known[0], known.at(-1)]
    if (!near || !far || near === far) return []
    const perRoundTrip = (far.ms - near.ms) / (far.rttMs - near.rttMs)
    return [`${lookOf(transport, 'light').label} ${perRoundTrip.toFixed(2)}`]
  })
  return parts.length > 0
    ? `Each ms of round trip adds to the mean, in ms: ${parts.join(', ')}.`
    : 'n/a (no transport was measured at two distances)'
}

// What more servers cost in time: median latency against the number of servers, for each backplane beside the others.
import { backplaneOf, serversOf } from '../../results/conditions.ts'
import { isMissing } from '../../results/estimate.ts'
import { formatMs } from '../../results/figures.ts'
import type { Run } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { AcrossLoads } from './chart.ts'
import { tickMs } from './drawing/axis.ts'
import { type Strip, stripsFigure } from './drawing/strips.ts'
import { lookOf } from './drawing/style.ts'
import { alikeBut, type FamilyLoad, type Spot, type Track } from './from-run/family.ts'

/** Scenarios of one backplane and number, with the place of both on the axis below. */
interface Place extends FamilyLoad {
  readonly backplane: string
  readonly servers: number
}

const strips: readonly Strip[] = [
  {
    title: 'median, intended to received',
    unit: 'ms',
    text: tickMs,
    isLog: true,
    statistic: ({ row }) => row.statistics.latencyMedianMs ?? { missing: 'not measured' },
  },
  {
    title: 'median, appended to received',
    unit: 'ms',
    text: tickMs,
    isLog: true,
    statistic: ({ row }) => row.statistics.medianMs ?? { missing: 'not measured' },
  },
]

const keyOf = (scenario: Scenario): string => `${backplaneOf(scenario)}/${serversOf(scenario)}`

/** The places of the largest fleet of the run, by backplane as the run has them, then by number; two apart where the backplane changes. */
function placesOf(run: Run, scenario?: Scenario): Place[] {
  const found = alikeBut(
    run,
    ['servers', 'balancer', 'sticky', 'backplane'],
    scenarios => new Set(scenarios.map(keyOf)).size,
    scenario,
  )
  const places: Place[] = []
  for (const backplane of new Set(found.map(backplaneOf))) {
    const own = found.filter(each => backplaneOf(each) === backplane)
    for (const servers of [...new Set(own.map(serversOf))].toSorted((a, b) => a - b)) {
      const last = places.at(-1)
      const value = last ? last.value + (last.backplane === backplane ? 1 : 2) : 1
      places.push({ value, backplane, servers, scenarios: own.filter(each => serversOf(each) === servers) })
    }
  }
  return places
}

export const chart: AcrossLoads = {
  isIn: run => placesOf(run).length > 1,
  draw(view) {
    const places = placesOf(view.run, view.scenario)
    const placeOf = (value: number) => places.find(place => place.value === value)!
    const tick = (value: number) => `${placeOf(value).servers} on ${placeOf(value).backplane}`
    return stripsFigure(view, {
      title: 'Latency against the number of servers',
      caption:
        'For each backplane the number of servers behind the balancer; lines join the numbers of one backplane. Above from the moment a notice was meant to be published, below from when it stood in the server’s log; what lies between is the way there, with publisher and backplane. Logarithmic axes, whiskers are 95 % intervals over rounds.',
      family: places,
      axisTitle: 'servers, by backplane',
      isLog: false,
      at: ({ value }) => value,
      tick,
      named: {
        places: places.map(({ value, servers, backplane }) => {
          const own = places.filter(place => place.backplane === backplane)
          // Its name stands below the middle one.
          const isNamed = own[Math.floor((own.length - 1) / 2)]!.value === value
          return { at: value, label: [String(servers), ...(isNamed ? backplane.split(/(?<=-)/) : [])] }
        }),
        columns: [
          { header: 'backplane', of: ({ value }) => placeOf(value).backplane },
          { header: 'servers', of: ({ value }) => placeOf(value).servers },
        ],
        isJoined: (from, to) => placeOf(from).backplane === placeOf(to).backplane,
      },
      strips,
      finding: (tracks, drawn) => findingOf(tracks, drawn[0]!, tick),
    })
  },
}

/** Each transport's least and most. */
function findingOf(tracks: readonly Track[], { statistic, title }: Strip, tick: (value: number) => string): string {
  const parts = tracks.flatMap(({ transport, spots }) => {
    const known = spots
      .flatMap((spot: Spot) => {
        const found = statistic(spot)
        return isMissing(found) ? [] : [{ where: tick(spot.value), ms: found.value }]
      })
      .toSorted((a, b) => a.ms - b.ms)
    const [least, most] = [known[0], known.at(-1)]
    if (!least || !most) return []
    const text = `${formatMs(least.ms)} (${least.where})`
    return [
      `${lookOf(transport, 'light').label} ${least === most ? text : `${text} to ${formatMs(most.ms)} (${most.where})`}`,
    ]
  })
  return `${title[0]!.toUpperCase()}${title.slice(1)}: ${parts.join('; ')}.`
}

// Bytes per notice against the rate, as IP packets and as TCP payload: where a push begins to cost more than a poll.

import { isMissing, type Statistic } from '../../results/estimate.ts'
import { formatBytes, threeDigits } from '../../results/figures.ts'
import type { Run } from '../../results/format.ts'
import { estimateOf } from '../../results/statistics.ts'
import type { AcrossLoads, ChartView } from './chart.ts'
import { type Strip, stripsFigure } from './drawing/strips.ts'
import { lookOf } from './drawing/style.ts'
import { type FamilyLoad, familyOf, type Spot, type Track } from './from-run/family.ts'

/** λT. */
const at = ({ value, scenario }: Spot): number => (value * scenario.pollIntervalMs) / 1000

/** Of the logarithm: 2 %. */
const APART = 0.02

const strip = { unit: 'B/notice', text: formatBytes, isLog: true } as const

export const chart: AcrossLoads = {
  isIn: run => familyOf(run, 'ratePerSecond').length > 0,
  draw(view) {
    const family = countedFamily(view)
    const ids = family.flatMap(({ scenarios }) => scenarios.map(({ id }) => id))
    return stripsFigure(view, {
      title: 'Bytes per notice against the rate',
      caption:
        'Per notice handed over, both directions, signs of life included. IP packets are those the kernel counted, less those of the publishing alone, and are missing over the emulated network. Both axes are logarithmic, whiskers are 95 % intervals over rounds.',
      family,
      axisTitle: 'notices per poll interval',
      isLog: true,
      at,
      tick: threeDigits,
      strips: [
        { ...strip, title: 'IP packets', statistic: spot => packetBytesPerNotice(view.run, ids, spot) },
        {
          ...strip,
          title: 'TCP payload',
          statistic: ({ row }) => row.statistics.bytesPerNotice ?? { missing: 'not measured' },
        },
      ],
      finding: (tracks, strips) => strips.map(each => crossings(tracks, each)).join(' '),
    })
  },
}

/** Loads whose packets were counted are preferred: they are what the question is about. */
function countedFamily({ run, scenario }: ChartView): readonly FamilyLoad[] {
  const scenarios = run.scenarios.filter(({ id }) =>
    run.cells.some(cell => cell.scenario === id && cell.transport !== null && cell.ip),
  )
  const counted = familyOf({ scenarios, summary: run.summary }, 'ratePerSecond', scenario)
  return counted.length > 0 ? counted : familyOf(run, 'ratePerSecond', scenario)
}

/** What the host's packets held for each notice, in the rounds in which those of the publishing alone are known: of the same rate, else of
 * another of the family, since publishing goes another way and what is left is the host's own traffic. */
function packetBytesPerNotice(run: Run, ids: readonly string[], { scenario, cells }: Spot): Statistic {
  const order = [scenario.id, ...ids]
  const alone = order.flatMap(id =>
    run.cells.filter(cell => cell.scenario === id && cell.transport === null && cell.status === 'ok' && cell.ip),
  )
  const values = cells.flatMap(cell => {
    const quiet = alone.find(({ round }) => round === cell.round)
    if (!cell.ip || !quiet?.ip || cell.noticesWritten === 0) return []
    return [(cell.ip.bytes - (quiet.ip.bytes * cell.windowMs) / quiet.windowMs) / cell.noticesWritten]
  })
  return values.length > 0 ? estimateOf(values) : { missing: 'IP packets were not counted' }
}

/** Where two transports take the same bytes, between neighbouring points: what a poll adds to a notice goes with one over the number of notices in it
 * (results/models.md), so that is how it is read, as the claim `always-fewer-bytes` does. */
function crossings(tracks: readonly Track[], { title, statistic }: Strip): string {
  const lines = tracks.map(({ transport, spots }) => ({
    name: lookOf(transport, 'light').label,
    points: new Map(
      spots.flatMap(spot => {
        const found = statistic(spot)
        return isMissing(found) || found.value <= 0 ? [] : [[at(spot), found.value] as const]
      }),
    ),
  }))
  const found: string[] = []
  for (const [index, first] of lines.entries())
    for (const second of lines.slice(index + 1)) {
      const shared = [...first.points].flatMap(([x, a]) => {
        const b = second.points.get(x)
        return b === undefined ? [] : [{ x, apart: a - b, share: Math.abs(Math.log(a / b)) }]
      })
      for (const [k, to] of shared.entries()) {
        const from = shared[k - 1]
        // Two lines that run together cross by chance.
        if (!from || from.apart * to.apart >= 0 || Math.min(from.share, to.share) < APART) continue
        const share = from.apart / (from.apart - to.apart)
        const x = 1 / (1 / from.x + share * (1 / to.x - 1 / from.x))
        // Where lines cross is known less well than the points between which they do.
        found.push(`${first.name} and ${second.name} at about ${Math.round(2 * x) / 2}`)
      }
    }
  return found.length > 0
    ? `${title}, as many bytes, in notices per poll interval: ${found.join(', ')}.`
    : `${title}: no two lines cross.`
}

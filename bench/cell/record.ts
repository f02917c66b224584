// The record of a cell: what was read before, within and after its window, put together.
import type { Cell } from '../../results/cell.ts'
import type { Distribution } from '../../results/estimate.ts'
import type { Status } from '../../server/status.ts'
import { type Happened, recoveryOf } from '../fleet/fault.ts'
import type { FleetReading } from '../fleet/fleet.ts'
import { fleetBetween } from '../fleet/statuses.ts'
import { newHistogram } from '../histogram.ts'
import type { LinkStats } from '../link/link.ts'
import type { WindowOfNotices } from '../load/account.ts'
import type { LoadReport } from '../load/group.ts'
import type { PublishReport } from '../load/publisher.ts'
import type { IpCounters } from '../machine/kernel.ts'
import { countsOf, difference, gapOf, partsOf, serverUse } from './counts.ts'

/** What measuring yields; without subscribers there are no `connectMs`, `report` and `link`. */
export interface Readings {
  /** The server's status before the first subscriber, and at the window's ends. */
  readonly atRest: Status
  readonly before: Status
  readonly after: Status
  /** As it was, not as it was meant to be. */
  readonly windowMs: number
  /** From the window's begin until `before` was read, at most. */
  readonly lateMs: number
  readonly ip: { readonly before: IpCounters; readonly after: IpCounters } | undefined
  readonly timeline: Cell['timeline']
  readonly connectMs: number | null
  readonly publishing: PublishReport
  readonly window: WindowOfNotices
  readonly link: LinkStats | undefined
  readonly report: LoadReport | undefined
  /** Of a fleet, at the window's ends. */
  readonly fleet?: { readonly before: FleetReading; readonly after: FleetReading } | undefined
  readonly happened?: (Happened & { readonly windowFromMs: number }) | undefined
}

/** The blank cell filled in as measured, not yet judged. */
export function recordCell(blank: Cell, readings: Readings): Cell {
  const { transport } = blank
  const { atRest, before, after, windowMs, ip, timeline, connectMs, publishing, window, link, report } = readings
  const first = countsOf(before, transport)
  const counts = difference(first, countsOf(after, transport))
  const gap = gapOf(counts)
  const spreadMs = report?.account.spreadMs ?? undefined
  const rest = countsOf(atRest, transport)
  const { happened } = readings
  const fleet = readings.fleet && fleetBetween(readings.fleet.before.servers, readings.fleet.after.servers, transport)
  return {
    ...blank,
    windowMs,
    published: window.to - window.from,
    expected: report?.account.expected ?? 0,
    delivered: report?.account.delivered ?? 0,
    lost: report?.account.lost ?? 0,
    duplicated: (report?.account.duplicated ?? 0) + (report?.tally.duplicates ?? 0),
    outOfOrder: report?.account.outOfOrder ?? 0,
    gaps: report?.gaps ?? 0,
    retries: report?.tally.retries ?? 0,
    latency: report?.account.latency ?? null,
    publisherLag: since(publishing.intendedMs, publishing.sentMs, window),
    hop: since(publishing.intendedMs, publishing.appendedMs, window),
    delivery: report?.account.delivery ?? null,
    bytesIn: counts.bytesIn,
    bytesOut: counts.bytesOut,
    startupBytes: transport === null ? null : first.bytesIn + first.bytesOut - rest.bytesIn - rest.bytesOut,
    requests: counts.requests,
    emptyAnswers: counts.emptyAnswers,
    skippedPolls: report?.tally.skippedPolls ?? 0,
    noticesWritten: counts.notices,
    writes: counts.writes,
    connectionsOpened: counts.opened,
    timeline,
    server: serverUse(before, after, atRest),
    client: report?.use ?? blank.client,
    connectMs,
    ...(transport !== null && { parts: partsOf(counts) }),
    ...(gap && { gap }),
    ...(fleet && { fleet }),
    ...(readings.fleet && { besides: besidesOf(readings.fleet) }),
    ...(report?.account.slices && { arrivals: [...report.account.slices] }),
    ...(fleet &&
      report &&
      happened && { recovery: recoveryOf(happened, report.outages, happened.windowFromMs, fleet) }),
    ...(before.log.cursor.length === after.log.cursor.length && { cursorBytes: after.log.cursor.length }),
    ...(spreadMs !== undefined && { spreadMs }),
    ...(report?.floor && { floor: report.floor }),
    ...(report?.pollPhases && { pollPhases: report.pollPhases }),
    ...(report?.naive && { naive: report.naive }),
    // The relay carries every packet twice, so its cells say nothing at this level.
    ...(ip &&
      !link && {
        ip: { bytes: ip.after.bytes - ip.before.bytes, segments: ip.after.segments - ip.before.segments },
      }),
    ...(link && {
      link: { addedP50Ms: link.addedP50Ms, addedP99Ms: link.addedP99Ms, addedMaxMs: link.addedMaxMs },
    }),
  }
}

const besidesOf = ({ before, after }: NonNullable<Readings['fleet']>): Cell['besides'] =>
  after.besides.map(({ name, cpuUs, rssBytes }, index) => ({
    name,
    cpuUs: cpuUs - before.besides[index]!.cpuUs,
    rssBytes,
  }))

/** The notices intended for the window: what came before `untilMs` was warm-up. */
export function windowOf({ intendedMs, appendedMs }: PublishReport, untilMs: number): WindowOfNotices {
  const from = intendedMs.findIndex(at => at >= untilMs)
  return { from: from < 0 ? intendedMs.length : from, to: intendedMs.length, intendedMs, appendedMs }
}

/** Distribution of `to` − `from` in the window; what never happened is infinite. */
function since(from: Float64Array, to: Float64Array, window: { from: number; to: number }): Distribution {
  const histogram = newHistogram()
  for (let i = window.from; i < window.to; i++) {
    const elapsedUs = (to[i]! - from[i]!) * 1000
    histogram.record(Number.isNaN(elapsedUs) ? Number.POSITIVE_INFINITY : elapsedUs)
  }
  return histogram.distribution()
}

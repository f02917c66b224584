// When subscribers were without their stream: from the moment each noticed that it had lost it until it was open again.
import type { State } from '../../client/transports/transport.ts'

/** Both in ms from the schedule's zero; `toMs` is null where it never came back. */
export interface Outage {
  readonly fromMs: number
  readonly toMs: number | null
}

export interface OutageWatch {
  /** A subscriber's state is another one. */
  changed(who: number, state: State): void
  /** Those that began at `fromMs` or later, the first of each subscriber. */
  since(fromMs: number): Outage[]
  /** By subscriber, all of its outages that began at `fromMs` or later. */
  ofEach(fromMs: number): Outage[][]
}

/** `nowMs` is on the clock of the schedule. */
export function watchOutages(clients: number, nowMs: () => number): OutageWatch {
  const isOpen = new Uint8Array(clients)
  const outages: { fromMs: number; toMs: number | null }[][] = Array.from({ length: clients }, () => [])
  return {
    changed(who, state) {
      const ofThis = outages[who]!
      if (state === 'open') {
        isOpen[who] = 1
        const last = ofThis.at(-1)
        if (last && last.toMs === null) last.toMs = nowMs()
      } else if (isOpen[who] === 1) {
        isOpen[who] = 0
        ofThis.push({ fromMs: nowMs(), toMs: null })
      }
    },
    since: fromMs => outages.flatMap(ofThis => ofThis.find(outage => outage.fromMs >= fromMs) ?? []),
    ofEach: fromMs => outages.map(ofThis => ofThis.filter(outage => outage.fromMs >= fromMs)),
  }
}

// What runs are called in choices: by day, experiment and conditions. Ids are for programs.
import { briefLoad } from '../../results/conditions.ts'
import type { Listed } from './sources.ts'

/** `1 Dec 2026`, as UTC has it; what is no date stays as it is. */
export function dayOf(instant: string): string {
  const date = new Date(instant)
  return Number.isNaN(date.getTime())
    ? instant
    : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
}

/** `1 Dec 2026, 14:05`. */
export function instantOf(instant: string): string {
  const time = /T(\d\d:\d\d)/.exec(instant)?.[1]
  return time ? `${dayOf(instant)}, ${time}` : dayOf(instant)
}

/** `delivery · 1 Dec 2026, 14:05 · 100 subscribers · 10/s`: by its own name where it has one, else by what it put to the test. */
export function nameOfRun({ name, experiment, startedAt, status, load, loads }: Listed): string {
  const of = load && (loads > 1 ? `${loads} loads` : briefLoad(load))
  const words = [
    name ?? experiment,
    instantOf(startedAt),
    ...(of ? [of] : []),
    ...(status === 'complete' ? [] : [status]),
  ]
  return words.join(' · ')
}

/** The runs by what they are for, in the order of the list; what came with the lab last, by itself. */
export function groupsOf(runs: readonly Listed[]): [label: string, runs: readonly Listed[]][] {
  const groups = new Map<string, Listed[]>()
  for (const each of runs) {
    const label = each.isSample ? 'Examples that come with the lab' : each.experiment
    groups.set(label, [...(groups.get(label) ?? []), each])
  }
  return [...groups]
}

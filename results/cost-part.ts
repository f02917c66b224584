// The cost part of a run: which one belongs to a load, and under which conditions the figures were measured that the load has from it.
import { briefLoad } from './conditions.ts'
import { isMissing } from './estimate.ts'
import { listed } from './figures.ts'
import type { Run } from './format.ts'
import type { Scenario } from './scenario.ts'

/** The cost part that belongs to a load: with the same headers, TLS and ways of the server, and as many notices for each poll. */
export const costPartOf = (
  { scenarios, transports: all }: Pick<Run, 'scenarios' | 'transports'>,
  load: Scenario,
  transport: string,
): Scenario | undefined =>
  scenarios.find(
    ({ kind, transports = all, headerProfile, tls = false, express, writes, coalesce }) =>
      kind === 'cost' &&
      transports.includes(transport) &&
      headerProfile === load.headerProfile &&
      tls === (load.tls ?? false) &&
      express === load.express &&
      writes === load.writes &&
      coalesce === load.coalesce,
  )

/** Under which load CPU and memory were measured, where it was not the one of that id: `measured apart, with 2000 subscribers · 10/s`, with the
 * transports where there are several loads; undefined where the load has figures of its own, or none. */
export function costConditions(
  run: Pick<Run, 'scenarios' | 'transports' | 'summary'>,
  scenarioId: string,
): string | undefined {
  const load = run.scenarios.find(({ id }) => id === scenarioId)
  if (!load) return undefined
  const parts = new Map<string, string[]>()
  for (const { scenario, transport, statistics } of run.summary) {
    const { rssPerSubscriberBytes: memory } = statistics
    const part = scenario === scenarioId ? costPartOf(run, load, transport) : undefined
    // With as many subscribers the load has figures of its own.
    if (!part || !memory || isMissing(memory) || load.clients >= part.clients) continue
    const text = briefLoad(part)
    parts.set(text, [...(parts.get(text) ?? []), transport])
  }
  const all = [...parts].map(([text, names]) => (parts.size > 1 ? `${text} (${names.join(', ')})` : text))
  return all.length > 0 ? `measured apart, with ${listed(all)}` : undefined
}

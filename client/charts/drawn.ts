// The last part of the chart registry: charts that are drawn into files and are on no page, whose scripts they would make too large for what they show.
import type { AcrossLoads } from './chart.ts'
import { chart as soak } from './soak.ts'

/** Drawn where a server was under everything at once for long. */
export const chartsOfSoaks = { soak } satisfies Record<string, AcrossLoads>

// The rest of the chart registry: charts that only some runs have the loads for. A page fetches them when its run has.
import type { AcrossLoads, OfFleet } from './chart.ts'
import { chart as crossover } from './crossover.ts'
import { chart as faultTimeline } from './fault-timeline.ts'
import { chart as fleet } from './fleet.ts'
import { chart as hiddenTab } from './hidden-tab.ts'
import { chart as intervalTradeOff } from './interval-trade-off.ts'
import { chart as recovery } from './recovery.ts'
import { chart as rtt } from './rtt.ts'
import { chart as scale } from './scale.ts'
import { chart as servers } from './servers.ts'
import { chart as soak } from './soak.ts'
import { chart as tabs } from './tabs.ts'

/** The chart of a claim, for runs that put some to the test. */
export { claimChart } from './drawing/claim.ts'
/** Two runs in one chart. */
export { statisticsDrawn, twoRuns } from './drawing/two-runs.ts'

/** Shown where a run holds the loads. */
export const chartsAcrossLoads = {
  crossover,
  'interval-trade-off': intervalTradeOff,
  rtt,
  scale,
  fleet,
} satisfies Record<string, AcrossLoads>

/** Shown under loads that have several servers or a fault. */
export const chartsOfFleets = {
  'fault-timeline': faultTimeline,
  recovery,
  servers,
} satisfies Record<string, OfFleet>

/** Shown where subscribers were pages of a browser; a run needs no other load for them. */
export const chartsOfBrowsers = { tabs, 'hidden-tab': hiddenTab } satisfies Record<string, AcrossLoads>

/** Shown where a server was under everything at once for long. */
export const chartsOfSoaks = { soak } satisfies Record<string, AcrossLoads>

// A contestant under a load that only counts; at 0 a second it is polled every pollIntervalMs, or its streams are opened anew; without a window it is its memory.
import * as z from 'zod/mini'
import type { BaseCell } from '../base-cell.ts'
import { formatCount } from '../figures.ts'
import { MIN_CPU_US, type ResultKind, ratio, type ScenarioOf, tooLittle } from './kind.ts'

const parameters = {
  /** Which server is under test; absent = this lab's. */
  contestant: z.optional(z.string()),
}

export const kind = {
  parameters,
  findings: {},
  metrics: {
    peerCpuUs: ({ server, delivered }: BaseCell) =>
      server.cpuUs < MIN_CPU_US ? tooLittle : ratio(server.cpuUs, delivered, 'nothing was delivered'),
  },
  outcome(
    { server, transport, delivered }: BaseCell,
    { contestant, windowMs, clients }: ScenarioOf<typeof parameters>,
  ) {
    if (windowMs === 0)
      return `${contestant}: ${((server.rssBytes - server.rssBeforeBytes) / clients / 1000).toFixed(1)} kB a connection`
    if (transport === null || delivered === 0) return undefined
    return `${contestant}: ${(server.cpuUs / delivered).toFixed(1)} µs of CPU for each of ${formatCount(delivered)}`
  },
} satisfies ResultKind

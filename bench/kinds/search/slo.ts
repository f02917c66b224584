// The most subscribers that are served in time: cells of growing load until the p99 leaves the bound.
import type { Cell } from '../../../results/cell.ts'
import { blankCell } from '../../cell/blank-cell.ts'
import { startPublisher } from '../../load/publisher-process.ts'
import { ownDescriptors, readMachine } from '../../machine/preflight.ts'
import { measureCell } from '../delivery.ts'
import type { DriverOrder } from '../kind.ts'
import { largest, type Outcome } from './bisection.ts'

type Steps = NonNullable<NonNullable<Cell['capacity']>['steps']>

/** One cell, which holds the number found and every attempt. Throws as `measureCell` does. */
export async function measureSlo(order: DriverOrder): Promise<Cell> {
  const { scenario } = order
  const { sloMs } = scenario
  if (sloMs === undefined) throw new Error(`${scenario.id} must say what is in time`)
  const blank = blankCell(order)
  const { fileLimit, localPorts } = await readMachine()
  const most = Math.min((fileLimit ?? 1e6) - ownDescriptors, localPorts ?? 1e6)
  const { publisher } = await startPublisher()
  const steps: Steps = []

  async function attempt(clients: number): Promise<Outcome> {
    const load = { ...scenario, kind: 'delivery', clients, id: `${scenario.id}-${clients}` } as const
    const cell = await measureCell({ ...order, scenario: load, publisher })
    const p99Us = cell.latency?.p99Us ?? null
    const isWithin = cell.lost === 0 && p99Us !== null && p99Us / 1000 <= sloMs!
    // A slow client can only make a notice later, never earlier.
    const isSaturated = cell.reasons.some(reason => reason.startsWith('saturated client'))
    const outcome = isWithin ? 'within' : isSaturated ? 'client-bound' : 'beyond'
    steps.push({ clients, p99Ms: p99Us === null ? null : p99Us / 1000, outcome })
    return outcome
  }

  try {
    const found = await largest(attempt, { first: scenario.clients, most })
    return {
      ...blank,
      windowMs: scenario.windowMs,
      capacity: { ...found, serverShare: null, clientShare: null, steps },
    }
  } finally {
    await publisher.end('SIGKILL')
  }
}

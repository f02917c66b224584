// The contract of a kind of measurement, the half that measures: what a cell of it is told, how long it takes, and whether this machine can.
import type { Cell } from '../../results/cell.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { PublisherCalls } from '../load/publisher.ts'
import type { Child } from '../machine/child.ts'
import type { Machine } from '../machine/preflight.ts'
import type { ServerUnderTest } from '../machine/server-process.ts'
import type { HeaderProfile } from '../profiles/profile.ts'

/** What every cell of a round is told. */
export interface RoundOrder {
  readonly scenario: Scenario
  readonly round: number
  readonly seed: number
  readonly headers: HeaderProfile
  readonly signal: AbortSignal
}

export interface DriverOrder<Transport extends string | null = string> extends RoundOrder {
  /** null, where the driver takes it: the same load without a subscriber. */
  readonly transport: Transport
  /** Place within the round, from 0. */
  readonly order: number
}

/** What the engine gives besides, to those who need it. */
export interface EngineParts {
  readonly publisher: Child<PublisherCalls>
  /** Keeps a configuration of a fleet with the run. */
  readonly keep: (name: string, text: string) => Promise<void>
  /** Told now and then how it goes. */
  readonly onLive: (live: { delivered: number; p50Ms: number | null }) => void
}

/** The time of one round under a scenario. */
export interface RoundTime {
  /** Of an ordinary cell: start, connecting, warm-up, window and drain, ms. */
  readonly cellMs: number
  readonly transports: number
  /** A cell without subscribers is measured too. */
  readonly isPublishingAlone: boolean
}

interface Common {
  /** ms; absent = a cell for each transport. */
  readonly roundMs?: (scenario: Scenario, time: RoundTime) => number
  /** Throws ExitError 3 where `machine` cannot; absent = as many subscribers as the scenario has must be able to connect. */
  readonly check?: (scenario: Scenario, machine: Machine) => void
  /** The publishing alone may be measured too, to be subtracted. */
  readonly subtractsPublishing?: true
}

export type KindDriver = Common &
  (
    | {
        /** Measures one cell: one transport in one round. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
        readonly measure: (order: DriverOrder<string | null> & EngineParts) => Promise<Cell>
      }
    | {
        /** Measures all transports side by side, once after the rounds unless the scenario asks for more; a cell for each. Throws as `measure` does. */
        readonly measureTogether: (order: RoundOrder & { readonly transports: readonly string[] }) => Promise<Cell[]>
      }
  )

/** A driver that takes subscribers only. */
export const onTransport =
  (drive: (order: DriverOrder) => Promise<Cell>) =>
  (order: DriverOrder<string | null>): Promise<Cell> => {
    const { transport } = order
    if (transport === null) throw new Error(`${order.scenario.id} is measured with subscribers only`)
    return drive({ ...order, transport })
  }

/** What `measuring` comes to. Rejects with what `signal` was aborted with as soon as it is. */
export async function unlessStopped<Result>(measuring: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const settled = new AbortController()
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true, signal: settled.signal })
  })
  try {
    return await Promise.race([measuring, stopped])
  } finally {
    settled.abort()
  }
}

/** How long the end of a process may take to be told after its sockets broke. */
const NEWS_MS = 200

/** What `measuring` comes to. Rejects with the server's death (ExitError 4) also where a broken socket was noticed before it. */
export async function unlessDead<Result>(
  measuring: Promise<Result>,
  { died }: Pick<ServerUnderTest, 'died'>,
): Promise<Result> {
  try {
    return await Promise.race([measuring, died])
  } catch (error) {
    await Promise.race([died, new Promise<void>(resolve => setTimeout(resolve, NEWS_MS).unref())])
    throw error
  }
}

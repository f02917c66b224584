// The contract of a kind of measurement, the half that measures: what a cell of it is told, how long it takes, and whether this machine can.
import type { Cell } from '../../results/cell.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { PublisherCalls } from '../load/publisher.ts'
import type { Child } from '../machine/child.ts'
import type { Machine } from '../machine/preflight.ts'
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
  /** Keeps a text with the run, by the name of its file: a configuration, what was captured. */
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
  /** Its figures are times or CPU, which suffer where others have the cores: such a cell is void, and measured again. */
  readonly isTimed?: true
  /** Measured once after the rounds, unless the scenario asks for more: there for what a round is too short for. */
  readonly isAfterwards?: true
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
        readonly measureTogether: (
          order: RoundOrder & Pick<EngineParts, 'keep'> & { readonly transports: readonly string[] },
        ) => Promise<Cell[]>
      }
  )

/** A driver that takes subscribers only. */
export const onTransport =
  <Parts>(drive: (order: DriverOrder & Parts) => Promise<Cell>) =>
  (order: DriverOrder<string | null> & Parts): Promise<Cell> => {
    const { transport } = order
    if (transport === null) throw new Error(`${order.scenario.id} is measured with subscribers only`)
    return drive({ ...order, transport })
  }

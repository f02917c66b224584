// What a driver of cells other than a stream's is told.
import type { Scenario } from '../results/format.ts'
import type { HeaderProfile } from './profiles/profile.ts'

export interface DriverOrder {
  readonly scenario: Scenario
  readonly transport: string
  readonly round: number
  readonly order: number
  readonly seed: number
  readonly headers: HeaderProfile
  readonly signal: AbortSignal
}

// LEAF but for types. What the primary and its workers ask and tell each other.

import type { Position, Publication, Published } from '../backplanes/backplane.ts'
import type { Entry } from '../log.ts'
import type { ServerOptions } from '../options.ts'
import type { Status, StatusWish } from '../status.ts'

/** Why a server could not start, as `listen` tells it. */
export interface StartError {
  readonly message: string
  readonly code?: string | undefined
  readonly address?: string | undefined
  readonly port?: number | undefined
}

/** A worker's questions to the primary. */
export type PrimaryCalls = {
  /** The options it is to serve with. */
  options: { argument: null; result: ServerOptions }
  /** It listens, or cannot. Told. */
  started: { argument: { error?: StartError }; result: void }
  /** Where the stream is; whatever is appended from then on is told. */
  join: { argument: null; result: { epoch: string; head: number } }
  /** Answered once this worker was told of them. */
  publish: { argument: readonly Publication[]; result: Omit<Published, 'appendedNs'> }
  position: { argument: null; result: Position }
  read: { argument: { epoch: string; seq: number; limit: number }; result: readonly Entry[] }
  /** The status of all together. */
  status: { argument: null; result: Status }
}

/** The primary's questions to a worker. */
export type WorkerCalls = {
  /** What was appended to the stream, in order. Told. */
  append: { argument: readonly Entry[]; result: void }
  status: { argument: StatusWish; result: Status }
  /** Ends it in order; gives how many subscribers had to be cut. */
  stop: { argument: null; result: number }
}

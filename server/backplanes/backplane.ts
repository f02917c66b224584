// The backplane's contract: it assigns each notice its `seq` once and makes one log out of several servers.
import type { Entry, Log } from '../log.ts'
import type { Cursor } from '../protocol.ts'

/** Where the whole stream is: its newest sequence number, and the oldest that can still be had (seq + 1 where none can). */
export interface Position extends Cursor {
  readonly earliest: number
}

/** One notice to publish. `bodyJson` is JSON text; the same `id` again within ten minutes yields the first `seq`. */
export interface Publication {
  readonly bodyJson: string
  readonly id?: string
}

export interface Published {
  readonly epoch: string
  /** One for each publication, in order. */
  readonly seqs: readonly number[]
  /** Newest of the stream once all were appended. */
  readonly head: number
  /** When this server's log had them all, before a subscriber was told (CLOCK_MONOTONIC). */
  readonly appendedNs: bigint
}

export interface Health {
  readonly healthy: boolean
  /** Why not, in one sentence. */
  readonly detail?: string
  /** For how long not, and in how long it is tried again: 0 while it is. Absent where nothing is tried. */
  readonly away?: { readonly forMs: number; readonly nextAttemptMs: number }
}

export interface Backplane {
  readonly name: string
  /** Stores all or none, and settles once this server's log has seen them. Throws BackplaneAway or OutcomeUnknown. */
  publish(publications: readonly Publication[]): Promise<Published>
  /** Throws BackplaneAway. */
  position(): Promise<Position>
  /** Entries after `seq` that the local log no longer holds; undefined where the backplane keeps no more than the log. Throws BackplaneAway. */
  readonly read?: (epoch: string, seq: number, limit: number) => Promise<readonly Entry[]>
  health(): Health
  close(): Promise<void>
}

export interface BackplaneContext {
  /** The URL it was chosen by, for example `redis://127.0.0.1:6379`. */
  readonly url: string
  /** Makes this server's log, once the backplane knows epoch and head. */
  readonly openLog: (epoch: string, seq: number) => Log
}

export type CreateBackplane = (context: BackplaneContext) => Promise<Backplane>

/** Known to be away: nothing was sent, so any publisher may retry. */
export class BackplaneAway extends Error {}

/** Sent but unconfirmed: only a publisher that gave ids may retry. */
export class OutcomeUnknown extends Error {}

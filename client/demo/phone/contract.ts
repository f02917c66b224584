// A member's contract: what it is given, what it tells, and what may be asked of it.
import type { Joined, Told } from '../../../server/demo/wire.ts'
import type { Notice } from '../../../server/protocol.ts'
import type { Network } from '../../transports/transport.ts'
import type { Clock } from './clock.ts'

/** An answer of the server, whatever its status; `ask` rejects only where there is none. */
export interface Answered {
  readonly status: number
  readonly body: unknown
}

export interface MemberOrder {
  readonly baseUrl: string
  readonly code: string
  readonly network: Network
  /** What it is known by (phoneKeyPattern). */
  readonly key: string
  /** JSON over HTTP. `body` undefined: GET. */
  readonly ask: (path: string, body?: unknown) => Promise<Answered>
  readonly signal: AbortSignal
  readonly on: MemberHandlers
}

export interface MemberHandlers {
  /** The class has it, or has it again. */
  onJoined?(joined: Joined): void
  onTold?(told: Told): void
  onNotice?(notice: Notice, delayMs: number | null): void
  onState?(state: 'connecting' | 'open' | 'closed', reason?: string): void
  /** It was asleep for `sleptMs`; called again when it has caught up. */
  onWoke?(woke: Woke): void
  /** Undefined: the clocks have parted. They are compared again at once, and nothing is known of delays until then. */
  onClock?(clock: Clock | undefined): void
  /** The server does not answer (a sentence), or does again (undefined). */
  onTrouble?(trouble: string | undefined): void
  /** Everything has stopped: the session is over, or, for `reason` in a sentence, the class does not take it any more. */
  onOver?(reason?: string): void
}

export interface Woke {
  readonly sleptMs: number
  /** Notices that came since, until it had all; null while some are missing. */
  readonly caughtUp: number | null
  /** How long that took. */
  readonly tookMs: number | null
}

export interface ClassMember {
  readonly phone: number
  readonly transport: string
  readonly seq: number
  readonly delivered: number
  /** Gone before they could be read. */
  readonly lost: number
  change(transport: string): Promise<void>
  vote(scene: string, choice: number): Promise<void>
  /** Tells the server now, and not in two seconds. */
  report(): Promise<void>
}

// Socket.IO's polling sessions through a balancer, request by request.
import * as z from 'zod/mini'
import { count } from '../estimate.ts'
import { formatCount } from '../figures.ts'
import { type CellOf, type ResultKind, ratio, unmeasured } from './kind.ts'

const findings = {
  /** `sessions`: requests that carried a session's id, and those that were answered by a server that does not know it. */
  sessions: z.optional(z.object({ requests: count, refused: count })),
}

type Own = CellOf<typeof findings>

export const kind = {
  parameters: {},
  findings,
  metrics: {
    refusedShare: ({ sessions }: Own) =>
      sessions ? ratio(sessions.refused, sessions.requests, 'nothing was asked') : unmeasured,
  },
  outcome: ({ sessions }: Own) =>
    sessions && `${formatCount(sessions.refused)} of ${formatCount(sessions.requests)} requests of sessions refused`,
} satisfies ResultKind

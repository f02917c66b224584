// What waits in this process for those who do not read it, and for how long.
import type { ServerResponse } from 'node:http'

export interface QueueLimits {
  /** An answer may wait so long without any of it being taken. */
  readonly answerTimeoutMs: number
}

export interface Queues {
  /** To be told of an answer that has ended and not gone out yet. */
  hold(res: ServerResponse): void
}

export function createQueues({ answerTimeoutMs }: QueueLimits): Queues {
  return {
    // Behind an unanswered request a response has no socket of its own yet.
    hold: ({ req }) => void req.socket.setTimeout(answerTimeoutMs),
  }
}

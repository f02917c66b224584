// Messages from client to server.
import * as z from 'zod/mini'
import { count } from '../estimate.ts'
import { type CellOf, MIN_CPU_US, perWindowSecond, type ResultKind, ratio, tooLittle, unmeasured } from './kind.ts'

const findings = {
  /** `upstream`: messages from client to server in the window, and TCP payload of them and of what answers them. */
  upstream: z.optional(z.object({ messages: count, bytesIn: count, bytesOut: count })),
}

type Own = CellOf<typeof findings>

export const kind = {
  parameters: {},
  findings,
  metrics: {
    upBytesPerMessage: ({ upstream }: Own) =>
      upstream ? ratio(upstream.bytesIn + upstream.bytesOut, upstream.messages, 'no message was sent') : unmeasured,
    upCpuUsPerMessage: ({ upstream, server }: Own) => {
      if (!upstream) return unmeasured
      return server.cpuUs < MIN_CPU_US ? tooLittle : ratio(server.cpuUs, upstream.messages, 'no message was sent')
    },
    upMessagesPerSecond: (cell: Own) => (cell.upstream ? perWindowSecond(cell.upstream.messages, cell) : unmeasured),
  },
} satisfies ResultKind

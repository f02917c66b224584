// The transport registry: the id is the file name, the URL path and the result key.
import { createDelivery as longPolling } from './long-polling.ts'
import { createDelivery as shortPolling } from './short-polling.ts'
import { createDelivery as socketIo } from './socket-io.ts'
import { createDelivery as sse } from './sse.ts'
import type { CreateDelivery } from './transport.ts'
import { createDelivery as websocket } from './websocket.ts'

export const serverTransports = {
  'short-polling': shortPolling,
  'long-polling': longPolling,
  sse,
  websocket,
  'socket-io': socketIo,
} satisfies Record<string, CreateDelivery>

export type TransportName = keyof typeof serverTransports

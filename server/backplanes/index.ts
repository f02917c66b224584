// The backplane registry: by URL scheme, loaded when chosen.
import type { CreateBackplane } from './backplane.ts'

export const backplanes: Record<string, () => Promise<{ createBackplane: CreateBackplane }>> = {
  memory: () => import('./memory.ts'),
  redis: () => import('./redis.ts'),
  'redis-pubsub': () => import('./redis-pubsub.ts'),
}

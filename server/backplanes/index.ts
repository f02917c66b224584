// The backplane registry: by URL scheme, loaded when chosen.
import type { CreateBackplane } from './backplane.ts'

export const backplanes: Record<string, () => Promise<{ createBackplane: CreateBackplane }>> = {
  memory: () => import('./memory.ts'),
  redis: () => import('./redis.ts'),
  'redis-pubsub': () => import('./redis-pubsub.ts'),
  primary: () => import('./primary.ts'),
  rabbitmq: () => import('./rabbitmq.ts'),
}

/** Those to choose from; `primary` is what the workers of one server have. */
export const offered: readonly string[] = Object.keys(backplanes).filter(name => name !== 'primary')

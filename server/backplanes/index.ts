// The backplane registry: by URL scheme, loaded when chosen.
import type { CreateBackplane } from './backplane.ts'

export const backplanes: Record<string, () => Promise<{ createBackplane: CreateBackplane }>> = {
  memory: () => import('./memory.ts'),
  rabbitmq: () => import('./rabbitmq.ts'),
}

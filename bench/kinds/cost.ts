// The cost part: a cell as the delivery has it, with more subscribers, for the server's CPU and memory alone.
import { kind as delivery, measureCell } from './delivery.ts'
import type { KindDriver } from './kind.ts'

export const kind = {
  ...delivery,
  measure: order => measureCell({ ...order, isCostOnly: true }),
  isAfterwards: true,
} satisfies KindDriver

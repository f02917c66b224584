// Subscribers while nothing is published, all transports side by side on one server: its CPU and memory are nobody's.
import type { BaseCell } from '../base-cell.ts'
import { formatCount } from '../figures.ts'
import { kind as delivery } from './delivery.ts'
import { type Context, type ResultKind, ratio } from './kind.ts'

const { requestsPerSecond, emptyShare, connectMs } = delivery.metrics

export const kind = {
  parameters: {},
  findings: {},
  metrics: {
    idleBytesPerMinute: (cell: BaseCell, { scenario }: Context) =>
      ratio(cell.bytesIn + cell.bytesOut, (scenario.clients * cell.windowMs) / 60_000, 'no subscribers'),
    requestsPerSecond,
    emptyShare,
    connectMs,
  },
  outcome: (cell: BaseCell) => `${formatCount(cell.bytesIn + cell.bytesOut)} B`,
} satisfies ResultKind

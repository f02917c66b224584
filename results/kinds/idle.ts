// Subscribers while nothing is published, all transports side by side on one server: its CPU and memory are nobody's.
import type { BaseCell } from '../base-cell.ts'
import { formatCount } from '../figures.ts'
import { kind as delivery } from './delivery.ts'
import { type Context, type Figure, type ResultKind, ratio } from './kind.ts'

const { requestsPerSecond, emptyShare, connectMs } = delivery.metrics

/** Signs of life come to a sixteenth of the subscribers at a time, one time after the other, every 15 s less 2 %. */
export const SIGN_OF_LIFE_MS = 15_000 * 0.98

/** A stream whose signs of life the window has not seen all of, or polls of which it has seen less than half of one each. */
function idleBytesPerMinute(cell: BaseCell, { scenario }: Context): Figure {
  const { bytesIn, bytesOut, requests, windowMs } = cell
  if (requests === 0 && windowMs < SIGN_OF_LIFE_MS)
    return { missing: 'the window is shorter than the time between two signs of life' }
  if (requests > 0 && requests < scenario.clients / 2)
    return { missing: 'the window is shorter than the time between two polls' }
  return ratio(bytesIn + bytesOut, (scenario.clients * windowMs) / 60_000, 'no subscribers')
}

export const kind = {
  parameters: {},
  findings: {},
  metrics: {
    idleBytesPerMinute,
    requestsPerSecond,
    emptyShare,
    connectMs,
  },
  outcome: (cell: BaseCell) => `${formatCount(cell.bytesIn + cell.bytesOut)} B`,
} satisfies ResultKind

// Enough subscribers and work that the server's CPU and memory are more than noise: what a notice and a subscriber cost it.
import { kind as delivery } from './delivery.ts'
import type { ResultKind } from './kind.ts'

const { cpuUsPerNotice, rssPerSubscriberBytes } = delivery.metrics

/** Times are nobody's figures here: the load may well be late. */
export const kind = {
  parameters: {},
  findings: {},
  metrics: { cpuUsPerNotice, rssPerSubscriberBytes },
} satisfies ResultKind

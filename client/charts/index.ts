// The chart registry, in the order they are shown. The keys are the file names, the PNG names and the anchors. Those in occasional.ts belong to it.
import { chart as bytes } from './bytes.ts'
import type { Chart } from './chart.ts'
import { chart as connections } from './connections.ts'
import { chart as cpu } from './cpu.ts'
import { chart as idleBytes } from './idle-bytes.ts'
import { chart as latency } from './latency.ts'
import { chart as loopDelay } from './loop-delay.ts'
import { chart as medians } from './medians.ts'
import { chart as memory } from './memory.ts'
import { chart as requests } from './requests.ts'
import { chart as tail } from './tail.ts'

export const charts = {
  medians,
  latency,
  tail,
  bytes,
  'idle-bytes': idleBytes,
  connections,
  requests,
  cpu,
  memory,
  'loop-delay': loopDelay,
} satisfies Record<string, Chart>

export type ChartName = keyof typeof charts

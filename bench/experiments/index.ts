// The experiment registry.
import { allOf } from './all.ts'
import { experiment as delivery } from './delivery.ts'
import { experiment as emptyPolls } from './empty-polls.ts'
import type { Experiment } from './experiment.ts'
import { experiment as fewerRequests } from './fewer-requests.ts'
import { experiment as halfInterval } from './half-interval.ts'
import { experiment as halfIntervalPoll } from './half-interval-poll.ts'
import { experiment as interval } from './interval.ts'
import { experiment as latency3 } from './latency-3.ts'
import { experiment as oneTransit } from './one-transit.ts'
import { experiment as rtt } from './rtt.ts'
import { experiment as threeTransits } from './three-transits.ts'

const each: Record<string, Experiment> = {
  delivery,
  'empty-polls': emptyPolls,
  'fewer-requests': fewerRequests,
  'half-interval': halfInterval,
  'half-interval-poll': halfIntervalPoll,
  interval,
  'latency-3': latency3,
  'one-transit': oneTransit,
  rtt,
  'three-transits': threeTransits,
}

export const experiments: Record<string, Experiment> = { ...each, all: allOf(Object.values(each)) }

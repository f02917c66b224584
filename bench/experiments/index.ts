// The experiment registry.
import { allOf } from './all.ts'
import { experiment as alwaysFewerBytes } from './always-fewer-bytes.ts'
import { experiment as browser } from './browser.ts'
import { experiment as capacity } from './capacity.ts'
import { experiment as clientLibrary } from './client-library.ts'
import { experiment as connect } from './connect.ts'
import { experiment as connections65k } from './connections-65k.ts'
import { experiment as deflate } from './deflate.ts'
import { experiment as delivery } from './delivery.ts'
import { experiment as deploy } from './deploy.ts'
import { experiment as emptyPolls } from './empty-polls.ts'
import type { ClaimTest, Experiment } from './experiment.ts'
import { experiment as expressApp } from './express-app.ts'
import { experiment as fewerRequests } from './fewer-requests.ts'
import { experiment as fleet } from './fleet.ts'
import { experiment as fullDuplex } from './full-duplex.ts'
import { experiment as graceful } from './graceful.ts'
import { experiment as halfInterval } from './half-interval.ts'
import { experiment as halfIntervalPoll } from './half-interval-poll.ts'
import { experiment as headers500 } from './headers-500.ts'
import { experiment as hiddenMinute } from './hidden-minute.ts'
import { experiment as idle } from './idle.ts'
import { experiment as interval } from './interval.ts'
import { experiment as keepaliveStep } from './keepalive-step.ts'
import { experiment as killServer } from './kill-server.ts'
import { experiment as latency3 } from './latency-3.ts'
import { experiment as omission } from './omission.ts'
import { experiment as oneTransit } from './one-transit.ts'
import { experiment as pauseBackplane } from './pause-backplane.ts'
import { experiment as peers } from './peers.ts'
import { experiment as ramp } from './ramp.ts'
import { experiment as rate } from './rate.ts'
import { experiment as rtt } from './rtt.ts'
import { experiment as scale } from './scale.ts'
import { experiment as singleThread } from './single-thread.ts'
import { experiment as slowReader } from './slow-reader.ts'
import { experiment as soak } from './soak.ts'
import { experiment as socketIo } from './socket-io.ts'
import { experiment as sseFraming } from './sse-framing.ts'
import { experiment as sseSlower } from './sse-slower.ts'
import { experiment as stage } from './stage.ts'
import { experiment as sticky } from './sticky.ts'
import { experiment as storm } from './storm.ts'
import { experiment as threeTransits } from './three-transits.ts'
import { experiment as tls } from './tls.ts'
import { experiment as wire } from './wire.ts'

const each: Record<string, Experiment> = {
  delivery,
  '65k': connections65k,
  'always-fewer-bytes': alwaysFewerBytes,
  browser,
  capacity,
  'client-library': clientLibrary,
  connect,
  deflate,
  deploy,
  'empty-polls': emptyPolls,
  'express-app': expressApp,
  'fewer-requests': fewerRequests,
  fleet,
  'full-duplex': fullDuplex,
  graceful,
  'half-interval': halfInterval,
  'half-interval-poll': halfIntervalPoll,
  'headers-500': headers500,
  'hidden-minute': hiddenMinute,
  idle,
  interval,
  'keepalive-step': keepaliveStep,
  'kill-server': killServer,
  'latency-3': latency3,
  omission,
  'one-transit': oneTransit,
  'pause-backplane': pauseBackplane,
  peers,
  ramp,
  rate,
  rtt,
  scale,
  'single-thread': singleThread,
  'slow-reader': slowReader,
  soak,
  'socket-io': socketIo,
  'sse-framing': sseFraming,
  'sse-slower': sseSlower,
  stage,
  sticky,
  storm,
  'three-transits': threeTransits,
  tls,
  wire,
}

/** A claim that does not say what it is about is about what its experiment is about. */
const withTopics = ({ claims, ...experiment }: Experiment): Experiment => {
  const { group } = experiment
  const topic = group === 'start' || group === 'all' ? undefined : group
  return { ...experiment, ...(claims && { claims: claims.map((claim): ClaimTest => ({ topic, ...claim })) }) }
}
const whole = Object.fromEntries(Object.entries(each).map(([name, experiment]) => [name, withTopics(experiment)]))

export const experiments: Record<string, Experiment> = {
  ...whole,
  all: allOf(Object.values(whole).filter(({ isSeparate = false }) => !isSeparate)),
}

/** The experiment that was asked for: one, or several joined by commas as one run. */
export function experimentOf(names: string): Experiment {
  const chosen = names.split(',').map(name => experiments[name]!)
  return chosen.length === 1 ? chosen[0]! : allOf(chosen)
}

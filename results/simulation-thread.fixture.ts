// Discrete-event simulations of one server thread (broadcasts, saturated long polling); only the model's tests use them.
import { type Clock, newClock, publish, type Schedule } from './simulation.fixture.ts'

/** One thread: jobs in order of arrival, each `costMs` long; `done` runs at its end. */
function newThread(clock: Clock) {
  const queue: { costMs: number; done: () => void }[] = []
  let head = 0
  let busy = false
  const next = () => {
    const job = queue[head++]
    busy = job !== undefined
    if (!job) {
      queue.length = head = 0
      return
    }
    clock.at(clock.now + job.costMs, () => {
      job.done()
      next()
    })
  }
  return (costMs: number, done: () => void) => {
    queue.push({ costMs, done })
    if (!busy) next()
  }
}

/** Push to N clients from one thread; latencies of every client, or of one place (from 1). */
export function simulateFanOut(p: {
  schedule: Schedule
  clients: number
  serviceMs: number
  downMs: number
  coalesce?: boolean
  place?: number
}): number[] {
  const clock = newClock()
  const thread = newThread(clock)
  const latenciesMs: number[] = []
  let pending: number[] = []
  const deliver = (batch: readonly number[], place: number) => {
    if (p.place === undefined || p.place === place) for (const at of batch) latenciesMs.push(clock.now + p.downMs - at)
  }
  let broadcasting = false
  const broadcast = () => {
    const batch = pending
    pending = []
    broadcasting = batch.length > 0
    if (!broadcasting) return
    for (let place = 1; place <= p.clients; place++) thread(p.serviceMs, () => deliver(batch, place))
    if (p.coalesce) thread(0, broadcast)
  }
  publish(
    clock,
    p.schedule,
    () => {
      pending.push(clock.now)
      if (!p.coalesce || !broadcasting) broadcast()
    },
    () => {},
  )
  clock.run()
  return latenciesMs
}

/** N batched long pollers on one thread; publications are appended at once, or queue with the requests. Mean latency after a warm-up. */
export function simulateLongPollingThread(p: {
  schedule: Schedule
  clients: number
  serviceMs: number
  rttMs: number
  downMs: number
  publisher: 'inside' | 'outside'
}): { meanMs: number; busyShare: number } {
  const clock = newClock()
  const thread = newThread(clock)
  const log: number[] = []
  const cursors = new Array<number>(p.clients).fill(0)
  let held: number[] = []
  let ended = false
  let busyMs = 0
  let sum = 0
  let count = 0
  const serve = (client: number) => {
    busyMs += p.serviceMs
    thread(p.serviceMs, () => {
      if (cursors[client] === log.length) {
        held.push(client)
        return
      }
      for (let index = cursors[client]!; index < log.length; index++) {
        sum += clock.now + p.downMs - log[index]!
        count += 1
      }
      cursors[client] = log.length
      if (!ended) clock.at(clock.now + p.rttMs, () => serve(client))
    })
  }
  const append = (at: number) => {
    log.push(at)
    const released = held
    held = []
    for (const client of released) serve(client)
  }
  for (let client = 0; client < p.clients; client++) clock.at((client * p.serviceMs) / 2, () => serve(client))
  publish(
    clock,
    p.schedule,
    () => {
      const at = clock.now
      if (p.publisher === 'inside') append(at)
      else thread(0, () => append(at))
    },
    () => (ended = true),
  )
  clock.run()
  return { meanMs: sum / count, busyShare: busyMs / clock.now }
}

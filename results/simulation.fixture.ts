// Discrete-event simulations of what the model states in closed form; only the model's tests use them.
import { seededRandom } from './random.ts'

interface Event {
  at: number
  order: number
  run: () => void
}

/** A clock in ms that runs what was planned in order of time, then of planning. `run` ends when nothing is planned, or `stop` was called. */
export function newClock() {
  const heap: Event[] = []
  let order = 0
  const before = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order)
  const clock = {
    now: 0,
    at(at: number, run: () => void) {
      const event = { at, order: order++, run }
      let index = heap.push(event) - 1
      for (let parent = (index - 1) >> 1; index > 0 && before(event, heap[parent]!); parent = (index - 1) >> 1) {
        heap[index] = heap[parent]!
        heap[parent] = event
        index = parent
      }
    },
    stop() {
      heap.length = 0
    },
    run() {
      for (let event = take(); event; event = take()) {
        clock.now = event.at
        event.run()
      }
    },
  }
  function take(): Event | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || last === first) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (child >= heap.length || !before(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }
  return clock
}

export type Clock = ReturnType<typeof newClock>

/** Plans `count` publications: Poisson of the rate, or one every `periodMs` from `phaseMs` on. */
export interface Schedule {
  count: number
  ratePerSecond?: number
  periodMs?: number
  phaseMs?: number
  seed?: number
}

export function publish(clock: Clock, schedule: Schedule, onNotice: () => void, onEnd: () => void) {
  const random = seededRandom(schedule.seed ?? 1)
  const pauseMs = () => schedule.periodMs ?? (-Math.log(1 - random()) * 1000) / schedule.ratePerSecond!
  let left = schedule.count
  const next = () => {
    onNotice()
    left -= 1
    if (left > 0) clock.at(clock.now + pauseMs(), next)
    else onEnd()
  }
  clock.at(schedule.phaseMs ?? pauseMs(), next)
}

export interface Polled {
  latenciesMs: number[]
  waitsMs: number[]
  answers: number
  emptyAnswers: number
  /** Notices that were the newest when a poll was read: what a poller without a cursor sees. */
  newest: number
  elapsedMs: number
}

/** One short poller with explicit legs. `cycleMs` gives the interval of the timer, which restarts after the answer where `afterAnswer`. */
export function simulateShortPolling(p: {
  schedule: Schedule
  cycleMs: () => number
  upMs: number
  downMs: number
  afterAnswer?: boolean
}): Polled {
  const clock = newClock()
  const result: Polled = { latenciesMs: [], waitsMs: [], answers: 0, emptyAnswers: 0, newest: 0, elapsedMs: 0 }
  let pending: number[] = []
  let ended = false
  const send = () => {
    if (!p.afterAnswer) clock.at(clock.now + p.cycleMs(), send)
    clock.at(clock.now + p.upMs, read)
  }
  const read = () => {
    const batch = pending
    pending = []
    result.answers += 1
    if (batch.length === 0) result.emptyAnswers += 1
    else result.newest += 1
    for (const at of batch) result.waitsMs.push(clock.now - at)
    clock.at(clock.now + p.downMs, () => {
      for (const at of batch) result.latenciesMs.push(clock.now - at)
      result.elapsedMs = clock.now
      if (ended && result.latenciesMs.length === p.schedule.count) clock.stop()
      else if (p.afterAnswer) clock.at(clock.now + p.cycleMs(), send)
    })
  }
  clock.at(0, send)
  publish(
    clock,
    p.schedule,
    () => pending.push(clock.now),
    () => (ended = true),
  )
  clock.run()
  return result
}

/** One long poller with explicit legs and think time; the server answers with all that is pending, or with `limit` notices. */
export function simulateLongPolling(p: {
  schedule: Schedule
  upMs: number
  downMs: number
  thinkMs?: number
  holdMs?: number
  limit?: number
}): Polled {
  const clock = newClock()
  const result: Polled = { latenciesMs: [], waitsMs: [], answers: 0, emptyAnswers: 0, newest: 0, elapsedMs: 0 }
  const pending: number[] = []
  let held = 0
  let request = 0
  let ended = false
  const answer = () => {
    held = 0
    const batch = pending.splice(0, p.limit ?? pending.length)
    result.answers += 1
    if (batch.length === 0) result.emptyAnswers += 1
    for (const at of batch) result.waitsMs.push(clock.now - at)
    clock.at(clock.now + p.downMs, () => {
      for (const at of batch) result.latenciesMs.push(clock.now - at)
      result.elapsedMs = clock.now
      if (ended && result.latenciesMs.length === p.schedule.count) clock.stop()
      else clock.at(clock.now + (p.thinkMs ?? 0) + p.upMs, arrive)
    })
  }
  const arrive = () => {
    if (pending.length > 0) return answer()
    held = ++request
    const mine = held
    if (p.holdMs !== undefined) clock.at(clock.now + p.holdMs, () => held === mine && answer())
  }
  clock.at(0, arrive)
  publish(
    clock,
    p.schedule,
    () => {
      pending.push(clock.now)
      if (held > 0) answer()
    },
    () => (ended = true),
  )
  clock.run()
  return result
}

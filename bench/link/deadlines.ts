// What is due when: one heap and one alarm for everything a process delivers late on purpose, however many connections it has.

/** Something with at most one deadline. `wakeMs` belongs to the heap. */
export interface Sleeper {
  wakeMs: number
  /** Does what is due at `nowMs`; gives its next deadline, Infinity for none. */
  wake(nowMs: number): number
}

export interface Deadlines {
  /** Wakes `sleeper` at `atMs` of `performance.now()`, or at the earlier deadline it has already. Never early. */
  set(sleeper: Sleeper, atMs: number): void
  /** Wakes what is due by now. Cheap where nothing is: meant to be called in busy stretches, when no timer gets its turn. */
  poll(nowMs: number): void
  close(): void
}

/** Timers grain at 1 ms. This close to a deadline the loop turns until it is there: measured 1 µs late in the median instead of 700. */
const SPIN_MS = 1.2
/** Turning costs CPU that server and clients need, so it may take this share of a core, and this much at a stretch after a pause. */
const SPIN_SHARE = 0.2
const SPIN_RESERVE_MS = 40

interface Entry {
  readonly atMs: number
  readonly sleeper: Sleeper
}

export function createDeadlines(): Deadlines {
  const heap: Entry[] = []
  let isWaking = false
  let timer: NodeJS.Timeout | undefined
  let immediate: NodeJS.Immediate | undefined
  /** What the alarm is set for. */
  let alarmMs = Number.POSITIVE_INFINITY
  let reserveMs = SPIN_RESERVE_MS
  let reckonedMs = performance.now()

  const disarm = (): void => {
    clearTimeout(timer)
    clearImmediate(immediate)
    alarmMs = Number.POSITIVE_INFINITY
  }

  const ring = (): void => {
    alarmMs = Number.POSITIVE_INFINITY
    deadlines.poll(performance.now())
    arm()
  }

  const turn = (): void => {
    const nowMs = performance.now()
    reserveMs -= nowMs - reckonedMs
    reckonedMs = nowMs
    ring()
  }

  const arm = (): void => {
    const first = heap[0]
    if (!first || first.atMs >= alarmMs) return
    disarm()
    alarmMs = first.atMs
    const nowMs = performance.now()
    const leftMs = alarmMs - nowMs
    reserveMs = Math.min(SPIN_RESERVE_MS, reserveMs + (nowMs - reckonedMs) * SPIN_SHARE)
    reckonedMs = nowMs
    if (leftMs <= 0 || (leftMs <= SPIN_MS && reserveMs > 0)) immediate = setImmediate(leftMs <= 0 ? ring : turn)
    // A timer of whole ms fires up to 1 ms early, never late but for the loop; the rest is turned, or takes another millisecond.
    else timer = setTimeout(ring, Math.max(1, Math.floor(leftMs - 0.2)))
  }

  const deadlines: Deadlines = {
    set(sleeper, atMs) {
      if (atMs >= sleeper.wakeMs) return
      sleeper.wakeMs = atMs
      push(heap, { atMs, sleeper })
      if (!isWaking) arm()
    },
    poll(nowMs) {
      if (isWaking) return
      isWaking = true
      for (let first = heap[0]; first && first.atMs <= nowMs; first = heap[0]) {
        shift(heap)
        // A sleeper that was given an earlier deadline leaves its later entry behind.
        if (first.sleeper.wakeMs !== first.atMs) continue
        first.sleeper.wakeMs = Number.POSITIVE_INFINITY
        deadlines.set(first.sleeper, first.sleeper.wake(nowMs))
      }
      isWaking = false
    },
    close() {
      disarm()
      heap.length = 0
    },
  }
  return deadlines
}

function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (heap[parent]!.atMs <= entry.atMs) break
    heap[index] = heap[parent]!
    index = parent
  }
  heap[index] = entry
}

function shift(heap: Entry[]): void {
  const last = heap.pop()!
  if (heap.length === 0) return
  let index = 0
  for (;;) {
    let child = 2 * index + 1
    if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++
    if (child >= heap.length || heap[child]!.atMs >= last.atMs) break
    heap[index] = heap[child]!
    index = child
  }
  heap[index] = last
}

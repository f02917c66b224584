// How much one turn of the event loop makes for those who are behind. The rest waits for the next turn: a crowd that catches up holds up nobody.

/** About what is encoded and handed to the kernel in 10 ms. */
const TURN_BYTES = 4 * 1024 * 1024
/** What is smaller is made at once and not counted: answers and writes of a stream that moves on are. */
const COUNTED_BYTES = 16 * 1024

export interface Turns {
  /** This turn has made enough. */
  readonly isFull: boolean
  /** To be told of so many bytes made in this turn. */
  spend(bytes: number): void
  /** Does `work` in a later turn, in the order of the calls; settles as it does. */
  later<Result>(work: () => Result | Promise<Result>): Promise<Result>
  /** Settles once nothing waits any more, or with `signal`. */
  idle(signal: AbortSignal): Promise<void>
}

export function createTurns(): Turns {
  let spent = 0
  let isTurning = false
  let waiting: (() => void)[] = []

  function turn(): void {
    isTurning = false
    spent = 0
    const due = waiting
    waiting = []
    let done = 0
    while (done < due.length && spent < TURN_BYTES) due[done++]!()
    // What the work itself put off comes after those who wait already.
    waiting = [...due.slice(done), ...waiting]
    if (waiting.length > 0) next()
  }

  function next(): void {
    if (isTurning) return
    isTurning = true
    setImmediate(turn)
  }

  return {
    get isFull() {
      return spent >= TURN_BYTES
    },
    spend(bytes) {
      if (bytes < COUNTED_BYTES) return
      spent += bytes
      next()
    },
    later: work =>
      new Promise((resolve, reject) => {
        waiting.push(() => {
          try {
            resolve(work())
          } catch (error) {
            reject(error)
          }
        })
        next()
      }),
    async idle(signal) {
      while (waiting.length > 0 && !signal.aborted) await new Promise(resolve => setImmediate(resolve))
    },
  }
}

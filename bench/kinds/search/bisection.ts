// The largest number that something holds for: by doubling, bisection, and confirmation of what was found.

/** `client-bound`: it did not hold, and what was measured is not what gave in. */
export type Outcome = 'within' | 'beyond' | 'client-bound'

export interface Found {
  /** 0 where it held for none. */
  readonly value: number
  /** Whether the measured thing would hold for more: the other side gave in first, or there is no room for more. */
  readonly isLowerBound: boolean
}

export interface Bisection {
  /** Where doubling begins. */
  readonly first: number
  /** No attempt goes beyond. */
  readonly most: number
}

/** What holds and what does not are so close to each other at the end. */
const CLOSE_ENOUGH = 1.06
/** How often what was found must hold again; where it does not, less is tried. */
const CONFIRMATIONS = 2
const STEP_BACK = 0.93
/** Attempts in all: what holds now and not then has no limit to be found. */
const MOST_ATTEMPTS = 24

/** Asks `attempt` until the largest number is known to 6 % and has held three times. */
export async function largest(
  attempt: (value: number) => Promise<Outcome>,
  { first, most }: Bisection,
): Promise<Found> {
  let low = 0
  let high = Number.POSITIVE_INFINITY
  let isClientBound = false
  let attempts = 0
  const holds = async (value: number): Promise<boolean> => {
    attempts++
    const outcome = await attempt(value)
    if (outcome === 'within') {
      low = Math.max(low, value)
      return true
    }
    // What held before and does not now is not held.
    high = value
    low = Math.min(low, value - 1)
    isClientBound = outcome === 'client-bound'
    return false
  }
  for (let value = Math.min(first, most); high === Number.POSITIVE_INFINITY && low < most; )
    if (await holds(value)) value = Math.min(value * 2, most)
  while (high > low * CLOSE_ENOUGH && high - low > 1 && high < Number.POSITIVE_INFINITY && attempts < MOST_ATTEMPTS)
    await holds(low === 0 ? Math.floor(high / 2) : Math.round(Math.sqrt(low * high)))
  let isConfirmed = low === 0
  for (let confirmed = 0; !isConfirmed && low > 0 && attempts < MOST_ATTEMPTS; ) {
    const value = low
    if (await holds(value)) isConfirmed = ++confirmed === CONFIRMATIONS
    else {
      low = Math.floor(value * STEP_BACK)
      confirmed = 0
    }
  }
  if (!isConfirmed && low > 0)
    throw new Error(`no number was confirmed in ${MOST_ATTEMPTS} attempts; the last was ${low}`)
  return { value: low, isLowerBound: isClientBound || (low >= most && low > 0) }
}

// Rule 4, checked: whether pollers poll evenly over their interval, or in step.
import type { Network } from '../../client/transports/transport.ts'

/** Significance of Kuiper's test at 0.1 % (Stephens 1970: V·(√n + 0.155 + 0.24/√n) ≥ 2.30). */
const CRITICAL = 2.3
/** Below it, latencies are off by less than this share of an interval whatever chance says. */
const TOLERATED = 0.1

/**
 * Kuiper's distance V of `phases` (each in [0, 1)) from the uniform distribution: 0 even, 1 all at once. Of the empirical tests the one for
 * circles: where the interval is taken to begin changes nothing.
 */
export function kuiperDistance(phases: readonly number[]): number {
  const sorted = phases.toSorted((a, b) => a - b)
  let above = 0
  let below = 0
  for (const [i, phase] of sorted.entries()) {
    above = Math.max(above, (i + 1) / sorted.length - phase)
    below = Math.max(below, phase - i / sorted.length)
  }
  return above + below
}

/** The V from which on `count` pollers are in step. Above 1, hence out of reach, for fewer than five: nothing tells them from chance. */
export const lockedPhases = (count: number): number => {
  const root = Math.sqrt(count)
  return Math.max(TOLERATED, CRITICAL / (root + 0.155 + 0.24 / root))
}

export interface PollWatch {
  /** The network for subscriber `who`, which notes when it polls. */
  network(network: Network, who: number): Network
  /** Says that these subscribers poll at fixed times: only then are there phases to speak of. */
  haveFixedTimes(): void
  /** Where in the interval each one's last polls lay in the mean, in [0, 1), of those that polled since `fromMs` (ms since the epoch, as all
   * load processes of a cell count them); undefined where they have no fixed times. */
  phasesSince(fromMs: number): readonly number[] | undefined
}

/** So many polls of each subscriber are looked at: of a single one, a moment in which this process stood still would put all in step. */
const LOOKED_AT = 16

/** Watches when `clients` subscribers poll that have an interval of `intervalMs`. `nowMs` gives ms since the epoch. */
export function watchPolls(
  clients: number,
  intervalMs: number,
  nowMs = () => performance.timeOrigin + performance.now(),
): PollWatch {
  const polledMs = new Float64Array(clients * LOOKED_AT).fill(Number.NEGATIVE_INFINITY)
  const counts = new Uint32Array(clients)
  let areFixed = false
  return {
    network: (network, who) => ({
      connect(baseUrl) {
        const connection = network.connect(baseUrl)
        return {
          ...connection,
          get(...order) {
            polledMs[who * LOOKED_AT + (counts[who]!++ % LOOKED_AT)] = nowMs()
            return connection.get(...order)
          },
        }
      },
    }),
    haveFixedTimes() {
      areFixed = true
    },
    phasesSince(fromMs) {
      if (!areFixed) return undefined
      return Array.from(counts, (_, who) => polledMs.subarray(who * LOOKED_AT, (who + 1) * LOOKED_AT))
        .map(polls => polls.filter(ms => ms >= fromMs))
        .filter(polls => polls.length > 0)
        .map(polls => meanPhase(polls, intervalMs))
    },
  }
}

/** The circular mean, in [0, 1): phases just before and just after the interval's begin are neighbours. */
function meanPhase(timesMs: Float64Array, intervalMs: number): number {
  let [along, across] = [0, 0]
  for (const ms of timesMs) {
    const angle = ((ms % intervalMs) / intervalMs) * 2 * Math.PI
    along += Math.cos(angle)
    across += Math.sin(angle)
  }
  return (Math.atan2(across, along) / (2 * Math.PI) + 1) % 1
}

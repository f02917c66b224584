// What passes between the server and a lane's other clients: gathered, and told a few times a second as one event.
import type { CrowdPass, DemoEvent } from '../../server/demo/wire.ts'

/** Within LATE_MS of the wire with room to spare: what is told in it is that much older. */
export const CROWD_MS = 200
/** Twenty-four held polls with twenty notices a second are 192. What is more is left out: what is drawn has a hole then, and nothing grows. */
export const MAX_PASSES = 200

export interface Crowd {
  /** `from` and `to` here are ms since the log began. */
  pass(pass: CrowdPass): void
  close(): void
}

export function createCrowd(lane: string, now: () => number, emit: (event: DemoEvent) => void): Crowd {
  let passes: CrowdPass[] = []
  const timer = setInterval(() => {
    if (passes.length === 0) return
    const t = now()
    const since = (ms: number): number => Math.round((ms - t) * 10) / 10
    emit({
      kind: 'crowd',
      t,
      lane,
      passes: passes.map(([client, connection, what, from, to, ...rest]) => [
        client,
        connection,
        what,
        since(from),
        since(to),
        ...rest,
      ]),
    })
    passes = []
  }, CROWD_MS)
  return {
    pass(pass) {
      if (passes.length < MAX_PASSES) passes.push(pass)
    },
    close: () => clearInterval(timer),
  }
}

// The process that asks a fuzzed server whether it answers: what the fuzzing is busy with by itself is no delay of the server's.
import { serveParent } from '../machine/child.ts'
import { type Watch, watchHealth } from './health.ts'

export type HealthCalls = {
  /** Watches the server on this port from now on, and no other any more. */
  watch: { argument: number; result: null }
  /** The longest time that an answer took, ms. */
  stop: { argument: null; result: number }
}

let watch: Watch | undefined

serveParent<HealthCalls>({
  watch(port) {
    watch?.stop().catch(() => {})
    watch = watchHealth(port)
    return null
  },
  stop: () => watch!.stop(),
})

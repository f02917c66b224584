// A class that goes by itself: every scene is asked, run and revealed.
import { scenes } from '../../client/demo/scenes.ts'
import type { Engine } from './engine.ts'

const ASK_MS = 5000
const REVEAL_MS = 7000
/** Free play at both ends. */
const FREE_MS = 4000

export const tourMs = 2 * FREE_MS + scenes.reduce((sum, { lastsMs }) => sum + ASK_MS + lastsMs + REVEAL_MS, 0)

/** Settles when the last scene is over, or `signal` is aborted. */
export async function tour(engine: Engine, signal: AbortSignal): Promise<void> {
  const wait = (ms: number): Promise<void> =>
    new Promise(resolve => {
      if (signal.aborted) return resolve()
      const timer = setTimeout(done, ms)
      function done(): void {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      signal.addEventListener('abort', done, { once: true })
    })
  await wait(FREE_MS)
  for (const { id, lastsMs } of scenes) {
    for (const [phase, ms] of [
      ['ask', ASK_MS],
      // The reveal comes by itself.
      ['run', lastsMs + REVEAL_MS],
    ] as const) {
      if (signal.aborted) return
      await engine.act({ action: 'scene', scene: id, phase })
      await wait(ms)
    }
  }
  await engine.act({ action: 'scene', scene: scenes.at(-1)!.id, phase: 'over' })
  await wait(FREE_MS)
}

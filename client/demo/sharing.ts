// One playhead for two windows of one browser: the teacher's page tells, the stage beside it follows.
import type { Playhead } from './playhead.ts'

/** What the stage takes over. */
export interface Told {
  readonly head: Playhead
  /** From when figures count, where that was chosen by hand. */
  readonly resetMs: number | undefined
  readonly theme: 'auto' | 'light' | 'dark'
}

interface Handlers {
  /** A stage has opened and knows nothing yet. */
  onHello(): void
  onTold(told: Told): void
}

export function shareWith(role: 'teach' | 'stage', signal: AbortSignal, { onHello, onTold }: Handlers) {
  const channel = new BroadcastChannel('transport-lab-demo')
  channel.onmessage = ({ data }: MessageEvent<'hello' | Told>) => {
    if (data === 'hello') {
      if (role === 'teach') onHello()
    } else if (role === 'stage') onTold(data)
  }
  signal.addEventListener('abort', () => channel.close())
  if (role === 'stage') channel.postMessage('hello')
  return {
    tell(told: Told): void {
      if (role === 'teach' && !signal.aborted) channel.postMessage(told)
    },
  }
}

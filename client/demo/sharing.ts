// One playhead for two windows of one browser: the teacher's page tells and the stage beside it follows, and the other way round after a key.
import type { DemoEventOf } from '../../server/demo/wire.ts'
import type { Playhead } from './playhead.ts'

/** What the other page takes over. */
export interface Told {
  /** Which log this is of: when it began (Unix ms). Of another one it says nothing but the theme. */
  readonly startedAtMs: number | undefined
  readonly head: Playhead
  /** From when figures count, where that was chosen by hand. */
  readonly resetMs: number | undefined
  readonly theme: 'auto' | 'light' | 'dark'
  /** With which a stage may do what its keys ask for. */
  readonly token: string | undefined
  /** What passed, where its bytes are looked at. */
  readonly line?: DemoEventOf<'transit'> | undefined
}

type Role = 'teach' | 'stage'
/** With the moment (Unix ms) of the deed that is told: of two teacher's pages the one that did something last leads. */
type Message = 'hello' | (Told & { readonly from: Role; readonly sinceMs: number })

interface Handlers {
  /** How things stand, for a stage that has just opened; undefined where nothing is to be taken over. */
  onHello(): Told | undefined
  onTold(told: Told): void
}

export function shareWith(role: Role, signal: AbortSignal, { onHello, onTold }: Handlers) {
  const channel = new BroadcastChannel('transport-lab-demo')
  let sinceMs = Number.NEGATIVE_INFINITY
  const post = (message: Message): void => {
    if (!signal.aborted) channel.postMessage(message)
  }
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data === 'hello') {
      const told = role === 'teach' && sinceMs > 0 ? onHello() : undefined
      if (told) post({ ...told, from: role, sinceMs })
    } else if ((role === 'stage' || data.from === 'stage') && data.sinceMs >= sinceMs) {
      sinceMs = data.sinceMs
      onTold(data)
    }
  }
  signal.addEventListener('abort', () => channel.close())
  return {
    /** Something was done. */
    tell(told: Told): void {
      sinceMs = Date.now()
      post({ ...told, from: role, sinceMs })
    },
    /** Of the stage: it has a log, and knows nothing else yet. */
    greet(): void {
      if (role === 'stage') post('hello')
    },
  }
}

// Where the bytes of a line are: with the lanes, in the log, or only those of a line like it.
import { type DemoEventOf, demoPaths, type PieceBytes } from '../../../server/demo/wire.ts'
import type { Log } from '../log.ts'
import { pieceKind } from '../piece-kind.ts'

export interface FoundBytes {
  readonly bytes: Uint8Array
  /** How many are left out behind them. */
  readonly left: number
  /** Those of another line of the same kind, at this moment of the log (ms); absent where they are its own. */
  readonly ofMs?: number
}

type Transit = DemoEventOf<'transit'>

/** The lanes answer within two seconds, or not at all. */
const PATIENCE_MS = 5000

/** `isLive`: the lanes may be asked. Rejects with a sentence where nothing can be shown. */
export async function findBytes(event: Transit, log: Log, isLive: boolean, signal: AbortSignal): Promise<FoundBytes> {
  const samples = log.all('bytes')
  const own = samples.find(({ piece }) => piece === event.piece)
  if (own && !own.left) return foundIn(own)
  let reason = 'There are no bytes of this line, nor of one like it, in this recording.'
  if (isLive && event.piece !== undefined) {
    const asked = await askFor(event.piece, signal)
    if (typeof asked !== 'string') return foundIn(asked)
    reason = asked
  }
  if (own) return foundIn(own)
  const kind = pieceKind(event)
  const alike = samples.filter(each => pieceKind(each) === kind)
  // The nearest in time: it was sent under the same knobs.
  alike.sort((a, b) => Math.abs(a.t - event.t) - Math.abs(b.t - event.t))
  if (alike[0]) return { ...foundIn(alike[0]), ofMs: alike[0].t }
  throw new Error(reason)
}

const foundIn = ({ bytes, left = 0 }: PieceBytes): FoundBytes => ({
  bytes: Uint8Array.from(atob(bytes), character => character.charCodeAt(0)),
  left,
})

/** What the lanes have, or why not, in a sentence. */
async function askFor(piece: number, signal: AbortSignal): Promise<PieceBytes | string> {
  try {
    const response = await fetch(`${demoPaths.bytes}?piece=${piece}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      cache: 'no-store',
    })
    const answer = (await response.json()) as PieceBytes & { readonly detail?: string }
    if (response.ok) return answer
    return response.status === 404
      ? 'The bytes of this line are no longer kept: newer ones took their place.'
      : `The bytes of this line were not told: ${answer.detail ?? `the server answered ${response.status}`}.`
  } catch (error) {
    if (signal.aborted) throw error
    return 'The bytes of this line were not told: the server does not answer.'
  }
}

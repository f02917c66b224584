// The raw bytes of the lanes' newest pieces, by number, without what is secret; and a choice of them that goes into the log.
import { pieceKind } from '../../client/demo/piece-kind.ts'
import { PHONE_PARAMETER } from '../../server/demo/phone-wire.ts'
import { type DemoEvent, type DemoEventOf, type PieceBytes, pieceLimits } from '../../server/demo/wire.ts'
import type { RawPiece } from './piece-cutter.ts'

type Transit = DemoEventOf<'transit'>

export interface KeptPieces {
  /** Keeps the bytes of what passed. Gives the event with its number. */
  keep(transit: Transit, raw: RawPiece): Transit
  find(piece: number): PieceBytes | null
  /** What passes from now on is another time: knobs were turned, or the network was cut. */
  turn(by: 'knobs' | 'cut'): void
}

/** What an entry takes besides its bytes. */
const ENTRY_BYTES = 200
/** Of a sample; what is longer is a burst of the same again. */
const SAMPLE_BYTES = 2048

/** `emit` is told samples: the first piece of each kind, again after a cut, and of what carries notices the first one after each turn. */
export function createKeptPieces(emit: (event: DemoEvent) => void): KeptPieces {
  const kept = new Map<number, RawPiece>()
  let keptBytes = 0
  let newest = 0
  /** Kinds that have a sample, and those that have one of this time. */
  const known = new Set<string>()
  const ofNow = new Set<string>()
  let sampleBytes = 0

  function sample(transit: Transit & { readonly piece: number }, raw: RawPiece): void {
    const kind = pieceKind(transit)
    const isNew = !known.has(kind) || (transit.seqs !== undefined && !ofNow.has(kind))
    if (!isNew) return
    const bytes = told(transit.piece, raw, SAMPLE_BYTES)
    if (sampleBytes + bytes.bytes.length > pieceLimits.sampleBytes) return
    sampleBytes += bytes.bytes.length
    known.add(kind)
    ofNow.add(kind)
    const { t, lane, direction, what, seqs, isEmpty } = transit
    emit({ kind: 'bytes', t, lane, direction, what, ...(seqs && { seqs }), ...(isEmpty && { isEmpty }), ...bytes })
  }

  return {
    keep(transit, { bytes, left }) {
      const piece = ++newest
      const raw = { bytes: withoutSecrets(bytes), left }
      kept.set(piece, raw)
      keptBytes += bytes.length + ENTRY_BYTES
      for (const [oldest, old] of kept) {
        if (keptBytes <= pieceLimits.allBytes) break
        kept.delete(oldest)
        keptBytes -= old.bytes.length + ENTRY_BYTES
      }
      const numbered = { ...transit, piece }
      sample(numbered, raw)
      return numbered
    },
    find(piece) {
      const raw = kept.get(piece)
      return raw ? told(piece, raw) : null
    },
    turn(by) {
      ofNow.clear()
      // Who comes back asks for what it missed.
      if (by === 'cut') known.clear()
    },
  }
}

function told(piece: number, { bytes, left }: RawPiece, mostBytes = bytes.length): PieceBytes {
  const shown = bytes.subarray(0, mostBytes)
  const behind = left + bytes.length - shown.length
  return { piece, bytes: Buffer.from(shown).toString('base64'), ...(behind > 0 && { left: behind }) }
}

const SECRET_HEADER = /^((?:proxy-)?authorization|cookie|set-cookie):[ \t]*(.+)$/gim
const SECRET_PARAMETER = new RegExp(`(?<=[?&]${PHONE_PARAMETER}=)[^&\\s]+`, 'g')
const crossed = (text: string): string => 'x'.repeat(text.length)

/** Of a head of HTTP what opens something to whoever knows it is overwritten, byte by byte. Anything else stays as it is. */
export function withoutSecrets(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  if (!/^(?:[A-Z]+ \S+ HTTP\/1|HTTP\/1)/.test(text)) return bytes
  const end = text.indexOf('\r\n\r\n')
  const head = end < 0 ? text : text.slice(0, end)
  const safe = head
    .replace(SECRET_HEADER, (line, _name: string, value: string) => line.slice(0, -value.length) + crossed(value))
    .replace(SECRET_PARAMETER, crossed)
  return safe === head ? bytes : new Uint8Array(Buffer.from(safe + text.slice(head.length), 'latin1'))
}

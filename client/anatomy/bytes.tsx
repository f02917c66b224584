// Bytes as a reader sees them: each in hexadecimal, with its character below.
import { counted } from '../../results/figures.ts'

/** Bytes of one part that are drawn; a body of a megabyte would be a page of its own. */
const MOST_BYTES = 2048

interface BytesProps {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
  /** Where one read of TCP ended and the next began. */
  readonly cuts?: readonly number[]
}

export function Bytes({ bytes, from, to, cuts = [] }: BytesProps) {
  const end = Math.min(to, from + MOST_BYTES)
  const cells = []
  for (let at = from; at < end; at++) {
    if (cuts.includes(at))
      cells.push(
        <span key={`cut ${at}`} class="cut">
          next read
        </span>,
      )
    const byte = bytes[at]!
    cells.push(
      <span key={at} class="byte">
        {hexOf(byte)}
        <i>{characterOf(byte)}</i>
      </span>,
    )
  }
  return (
    <>
      {cells}
      {end < to && <span class="hint"> and {counted(to - end, 'byte')} more</span>}
    </>
  )
}

export const hexOf = (byte: number): string => byte.toString(16).padStart(2, '0')

/** What stands for a byte: its character, the escape of one that ends lines, or a dot. */
export function characterOf(byte: number): string {
  if (byte === 13) return '\\r'
  if (byte === 10) return '\\n'
  if (byte === 32) return '␣'
  return byte > 32 && byte < 127 ? String.fromCharCode(byte) : '·'
}

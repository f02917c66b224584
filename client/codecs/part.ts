// What decoded bytes are made of: parts that lie behind one another without a gap, each with what it is for.

/** What a byte is paid for: the notice itself, what marks where it begins and ends, what HTTP says of it, or an exchange that brought nothing
 * (a part is never `empty` by itself: that is said of whole exchanges, when bytes are summed up). */
export const roles = ['body', 'framing', 'headers', 'empty'] as const
export type Role = (typeof roles)[number]

/** Bytes `from` to `to` (exclusive) of one direction of a connection. */
export interface Part {
  readonly from: number
  readonly to: number
  /** The field's name for it: `status`, `opcode`, `Sec-WebSocket-Key`, `chunk size`. */
  readonly name: string
  readonly role: Role
  /** What it says, in plain words: `text, the whole message`. */
  readonly meaning?: string
  /** Its content where that is not what the bytes spell: unmasked, inflated. */
  readonly text?: string
  /** Of a part that is less than whole bytes, or shares one: `first` from the most significant bit, 0, on. Such parts share `from` and `to`. */
  readonly bits?: { readonly first: number; readonly count: number }
  /** What it consists of; together they are all of it. */
  readonly parts?: readonly Part[]
}

/** Bytes that are not what they should be: where, and what the rule is. */
export class Malformed extends Error {
  override name = 'Malformed'
  /** Of the first byte that breaks the rule, in its direction. */
  readonly at: number

  constructor(at: number, rule: string) {
    super(rule)
    this.at = at
  }
}

/** The parts that have no further ones, in order. Bits of one byte are given as the part that holds them. */
export function leavesOf(parts: readonly Part[]): readonly Part[] {
  return parts.flatMap(part => {
    const inner = part.parts
    return !inner || inner.length === 0 || inner.some(({ bits }) => bits !== undefined) ? [part] : leavesOf(inner)
  })
}

/** Bytes by role. */
export function bytesByRole(parts: readonly Part[]): Readonly<Record<Role, number>> {
  const sums: Record<Role, number> = { body: 0, framing: 0, headers: 0, empty: 0 }
  for (const { from, to, role } of leavesOf(parts)) sums[role] += to - from
  return sums
}

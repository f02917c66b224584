// What the readers of a relayed connection's two halves have in common.
import type { What } from '../../server/demo/wire.ts'

/** What a parser found at the end of a piece; `bytes` are those since the last one. */
export interface Found {
  readonly what: What
  readonly bytes: number
  readonly text: string
}

/** A half of the connection: takes bytes, gives what was complete with them. */
export interface Half {
  push(chunk: Buffer): readonly Found[]
}

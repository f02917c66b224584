// What pieces are alike: of a line whose own bytes are not kept, those of another one of its kind are shown.
import type { DemoEventOf } from '../../server/demo/wire.ts'

/** The same for pieces of one lane and direction that are the same thing, and carry notices, or do not. */
export const pieceKind = ({
  lane,
  direction,
  what,
  seqs,
  isEmpty,
}: Pick<DemoEventOf<'transit'>, 'lane' | 'direction' | 'what' | 'seqs' | 'isEmpty'>): string =>
  [lane, direction, what, seqs && direction === 'down' ? 'notices' : isEmpty ? 'empty' : ''].join(' ')

// Attempts at a cell: what was spoilt by something that has nothing to do with its figures is measured again. Measuring again what was slow would be
// selection, so neither a figure of the cell nor anything that follows from one decides (bench/README.md, "Measured again").
import type { Cell } from '../../results/cell.ts'
import { type Others, othersBetween, readProcesses } from '../machine/others.ts'
import { bounds } from './validity.ts'
import { isFailedStart } from './with-server.ts'

/** How often a cell is measured again at most. */
export const MAX_REPEATS = 2

export interface AttemptsOrder {
  /** Measures once: a cell, or one for each transport that is measured beside it. */
  readonly measure: () => Promise<readonly Cell[]>
  /** The same cells before anything is measured. */
  readonly blanks: readonly Cell[]
  /** Whether its figures suffer where others have the cores. */
  readonly isTimed: boolean
  /** Asked before cells are measured again because others had the cores, which may go on for long. */
  readonly mayRepeat: () => boolean
  /** Told of cells that are measured again. */
  readonly onRepeat: (cells: readonly Cell[]) => void
}

export interface Attempts {
  /** The last attempt: whatever it came to, it stands. */
  readonly cells: readonly Cell[]
  /** Those before it. */
  readonly repeated: readonly Cell[]
}

/** Throws what `measure` throws; where a part did not start, only after the last attempt. */
export async function attemptsAt(order: AttemptsOrder): Promise<Attempts> {
  const { measure, blanks, isTimed, mayRepeat, onRepeat } = order
  const repeated: Cell[] = []
  const repeat = (cells: readonly Cell[]): void => {
    repeated.push(...cells)
    onRepeat(cells)
  }
  for (let repeats = 0; ; repeats++) {
    const isLast = repeats === MAX_REPEATS
    const before = isTimed ? readProcesses() : undefined
    try {
      const measured = await measure()
      const after = before && readProcesses()
      const others = before && after && othersBetween(before, after)
      const cells = others ? measured.map(cell => besides(cell, others)) : measured
      if (isLast || !others || !isDisturbed({ others }) || !mayRepeat()) return { cells, repeated }
      repeat(cells)
    } catch (error) {
      if (isLast || !isFailedStart(error)) throw error
      repeat(blanks.map(blank => ({ ...blank, status: 'failed', reasons: [`failed start: ${error.message}`] })))
    }
  }
}

/** Whether others had so much of the cores that a cell is void. */
export const isDisturbed = ({ others }: Pick<Cell, 'others'>): boolean =>
  others !== undefined && others.share >= bounds.othersShare

/** Why a cell is void or failed besides: what others had of the cores is said last. */
export const ownReasonsOf = (cell: Cell): readonly string[] =>
  isDisturbed(cell) ? cell.reasons.slice(0, -1) : cell.reasons

/** The cell with what others had of the cores meanwhile, void where that was too much. */
function besides(cell: Cell, others: Others): Cell {
  if (!isDisturbed({ others })) return { ...cell, others: { share: others.share } }
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
  const reason = `busy machine: other programs had ${percent(others.share)} of its cores, the bound is ${percent(bounds.othersShare)}`
  return { ...cell, others, status: cell.status === 'failed' ? 'failed' : 'void', reasons: [...cell.reasons, reason] }
}

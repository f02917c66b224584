// The schema of a cell: what one transport did under one scenario in one round.
import * as z from 'zod/mini'
import { baseCell } from './base-cell.ts'
import { allFindings } from './kinds/index.ts'

/** One transport under one scenario in one round. */
export const cell = z.object({ ...baseCell, ...allFindings })

export type Cell = z.infer<typeof cell>

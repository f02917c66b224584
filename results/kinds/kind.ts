// The contract of a kind of measurement, the half that reads: what its scenarios and cells carry besides what all have, and what they say.
import type * as z from 'zod/mini'
import type { BaseCell } from '../base-cell.ts'
import type { BaseScenario } from '../base-scenario.ts'

/** A figure, or why there is none. */
export type Figure = number | { readonly missing: string }

export interface Context {
  readonly scenario: BaseScenario
  /** The same load with no subscriber in the same round, where it was measured and is usable. */
  readonly publishing: BaseCell | undefined
}

type Shape = Readonly<Record<string, z.ZodMiniType>>

/** Functions take a cell, or a scenario, with the fields of their own kind. */
export interface ResultKind {
  /** Fields of a scenario that only this kind has; all optional, since scenarios of the others lack them. */
  readonly parameters: Shape
  /** The same of a cell. */
  readonly findings: Shape
  /** Statistics of a cell, by name; the unit is in the name. */
  readonly metrics: Readonly<Record<string, (cell: never, context: never) => Figure>>
  /** Which statistics are quantiles, those of one distribution by rising level: their intervals are built on logarithms, and none reaches below
   * the level before. */
  readonly quantiles?: readonly (readonly string[])[]
  /** What a cell came to, in a line; undefined where it came to nothing. Absent = what was delivered, and how late. */
  readonly outcome?: (cell: never, scenario: never) => string | undefined
}

/** A cell with findings of that shape. */
export type CellOf<Findings extends Shape> = BaseCell & z.infer<z.ZodMiniObject<Findings>>
/** A scenario with parameters of that shape. */
export type ScenarioOf<Parameters extends Shape> = BaseScenario & z.infer<z.ZodMiniObject<Parameters>>

/** Server CPU a window must hold before it says anything (bench/README.md, rule 15). */
export const MIN_CPU_US = 500_000

export const unmeasured = { missing: 'not measured' } as const
export const tooLittle = { missing: 'too little work' } as const

export const ratio = (part: number, whole: number, reason: string): Figure =>
  whole > 0 ? part / whole : { missing: reason }

export const known = (value: number | null, reason: string): Figure => (value === null ? { missing: reason } : value)

/** A count of the window, a second. */
export const perWindowSecond = (count: number, { windowMs }: Pick<BaseCell, 'windowMs'>): Figure =>
  ratio(count, windowMs / 1000, 'no window')

// Sums and means over what was measured.

/** Sum of `of` over all parts; 0 for none. */
export const sum = <Part>(parts: readonly Part[], of: (part: Part) => number): number =>
  parts.reduce((total, part) => total + of(part), 0)

/** Arithmetic mean; NaN of nothing. */
export const mean = (values: readonly number[]): number => sum(values, value => value) / values.length

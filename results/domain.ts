// The domain checks of the model: a parameter outside its domain is one RangeError that names it, the rule and the value.

const refuse = (name: string, rule: string, value: unknown): never => {
  throw new RangeError(`${name} must be ${rule}, got ${typeof value === 'string' ? `"${value}"` : String(value)}`)
}

/** `value`, a finite number above 0. */
export const positive = (name: string, value: number): number =>
  Number.isFinite(value) && value > 0 ? value : refuse(name, 'a number above 0', value)

/** `value`, a finite number from 0. */
export const nonNegative = (name: string, value: number): number =>
  Number.isFinite(value) && value >= 0 ? value : refuse(name, 'a number from 0', value)

/** `value`, above 0; Infinity is a value too (no time limit). */
export const positiveOrEndless = (name: string, value: number): number =>
  value === Number.POSITIVE_INFINITY ? value : positive(name, value)

/** `value`, a number from 0 to 1. */
export const share = (name: string, value: number): number =>
  value >= 0 && value <= 1 ? value : refuse(name, 'a number from 0 to 1', value)

/** `value`, a number above 0 and up to 1. */
export const positiveShare = (name: string, value: number): number =>
  value > 0 && value <= 1 ? value : refuse(name, 'a number above 0 and up to 1', value)

/** `value`, a whole number from `least`. */
export const whole = (name: string, value: number, least = 0): number =>
  Number.isSafeInteger(value) && value >= least ? value : refuse(name, `a whole number from ${least}`, value)

// Values of options: what was typed → checked numbers, durations, choices; each refusal names the option, the rule and the value.
import { usageError } from './exit.ts'

/** One of `values`, or `fallback` where nothing was typed. */
export function choice<T extends string>(name: string, word: string | undefined, values: readonly T[], fallback: T): T {
  if (word === undefined) return fallback
  const found = values.find(value => value === word)
  if (found === undefined) throw usageError(`--${name} must be ${values.join(' or ')}, got "${word}"`)
  return found
}

export interface Range {
  readonly min: number
  readonly max: number
  readonly whole?: boolean
}

/** A decimal number within the range, or `fallback`. */
export function number(name: string, word: string | undefined, { min, max, whole }: Range, fallback: number): number {
  if (word === undefined) return fallback
  const value = /^-?\d+(\.\d+)?$/.test(word.trim()) ? Number(word) : Number.NaN
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value)))
    throw usageError(`--${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, got "${word}"`)
  return value
}

const unitMs = { '': 1, ms: 1, s: 1000, m: 60_000, min: 60_000 } as const

/** Milliseconds from `1500`, `500ms`, `3s` or `2m`, or `fallback`. */
export function durationMs(
  name: string,
  word: string | undefined,
  minMs: number,
  maxMs: number,
  fallback: number,
): number {
  if (word === undefined) return fallback
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|)$/.exec(word.trim())
  const value = match ? Math.round(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]) : Number.NaN
  if (!(value >= minMs && value <= maxMs))
    throw usageError(`--${name} must be from ${minMs} to ${maxMs} ms, such as 1500, 500ms or 3s, got "${word}"`)
  return value
}

/** Text that says something, or undefined where nothing was typed. */
export function nonEmpty(
  name: string,
  word: string | undefined,
  maxLength = Number.POSITIVE_INFINITY,
): string | undefined {
  if (word === undefined) return undefined
  if (word.trim() === '' || word.length > maxLength)
    throw usageError(
      `--${name} must not be empty${maxLength < 1e6 ? ` nor longer than ${maxLength} characters` : ''}, got "${word}"`,
    )
  return word
}

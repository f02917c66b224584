// Query parameters of delivery requests, checked: each error names the parameter, the rule and the value.

import { Problem, quote } from './problem.ts'
import { limits } from './protocol.ts'
import type { Query } from './target.ts'

/** `after`, or undefined where absent. Given twice it is ambiguous and refused. */
export function afterOf(query: Query): string | undefined {
  const values = query.getAll('after')
  if (values.length > 1) throw new Problem(400, `"after" must be given once, got ${values.length} of them`)
  return values[0]
}

function wholeNumber(query: Query, name: string, range: { min: number; max: number; default: number }): number {
  const text = query.get(name)
  if (text === null) return range.default
  const value = Number(text)
  if (!/^[0-9]+$/.test(text) || value < range.min || value > range.max)
    throw new Problem(400, `"${name}" must be a whole number from ${range.min} to ${range.max}, got ${quote(text)}`)
  return value
}

export const pollLimitOf = (query: Query): number => wholeNumber(query, 'limit', limits.pollLimit)

export const waitMsOf = (query: Query): number => wholeNumber(query, 'waitMs', limits.waitMs)

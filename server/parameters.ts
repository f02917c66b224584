// Query parameters of delivery requests, checked: each error names the parameter, the rule and the value.

import { Problem, quote } from './problem.ts'
import { limits } from './protocol.ts'

/** The parameters of a request; read as URLSearchParams reads them. */
export type Query = Pick<URLSearchParams, 'get' | 'getAll'>

/** The query of a request target, without the cost of parsing a whole URL. What holds nothing to decode is only cut apart: nearly every poll. */
export function queryOf(target: string): Query {
  const mark = target.indexOf('?')
  const text = mark < 0 ? '' : target.slice(mark + 1)
  return /[%+?]/.test(text) ? new URLSearchParams(text) : plainQuery(text.split('&'))
}

/** The value of `name=value`, or of `name` alone, which has an empty one; undefined where it is another's. */
function valueIn(pair: string, name: string): string | undefined {
  if (!pair.startsWith(name)) return undefined
  return pair.length === name.length ? '' : pair[name.length] === '=' ? pair.slice(name.length + 1) : undefined
}

function plainQuery(pairs: readonly string[]): Query {
  return {
    getAll(name) {
      const values: string[] = []
      for (const pair of pairs) {
        const value = valueIn(pair, name)
        if (value !== undefined) values.push(value)
      }
      return values
    },
    get(name) {
      for (const pair of pairs) {
        const value = valueIn(pair, name)
        if (value !== undefined) return value
      }
      return null
    },
  }
}

/** The path of a request target. */
export function pathOf(target: string): string {
  const mark = target.indexOf('?')
  return mark < 0 ? target : target.slice(0, mark)
}

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

// A request target taken apart: its path, and its query without the cost of parsing a whole URL.

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

/** The host that a whole URL as request target names; it goes before the Host header (RFC 9112 §3.2.2). */
export const authorityOf = (target: string): string | undefined =>
  target.startsWith('/') ? undefined : /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1]

/** An escape of a character that needs none (RFC 3986 §2.3). */
const NEEDLESS = /%(?:2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/gi

/** The form that nearly all requests have of a target that means the same: path and query of a whole URL, and no escapes in the path that need not be.
 * `*` stays. */
export function commonForm(target: string): string {
  if (target.startsWith('/') && !target.includes('%')) return target
  const path = pathOf(target)
  const mark = target.indexOf('?')
  return path.replace(NEEDLESS, needless => decodeURIComponent(needless)) + (mark < 0 ? '' : target.slice(mark))
}

/** The path of a request target: `/path?query`, or the whole URL as a client writes it to a proxy (RFC 9112 §3.2.2). */
export function pathOf(target: string): string {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  return path.startsWith('/') ? path : path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/'
}

// The head of an HTTP/1.1 answer (RFC 9112 §2.1, §4): found in what was read, and looked up.
// Of the headers only those are looked up that are asked for: a poll has a dozen, and its reader needs four.
import { ANSWER_BEGINNING, MAX_HEAD_BYTES } from '../codecs/http.ts'

const END_OF_HEAD = Buffer.from('\r\n\r\n')

export interface Head {
  readonly status: number
  readonly isOld: boolean
  /** Value by lower-case name, null where it is missing. */
  readonly header: (name: string) => string | null
}

/** Collects a head over several reads. */
export interface HeadReader {
  /** The head and what lies behind it, once it is complete. `chunk` is only valid during the call. Throws where it is no HTTP/1.1 answer. */
  read(chunk: Buffer): { head: Head; left: Buffer } | undefined
}

export function createHeadReader(): HeadReader {
  let begun: Buffer | undefined
  return {
    read(chunk) {
      const whole = begun ? Buffer.concat([begun, chunk]) : chunk
      const end = whole.indexOf(END_OF_HEAD)
      if (end < 0) {
        if (whole.length > MAX_HEAD_BYTES) throw new Error(`the answer's head is longer than ${MAX_HEAD_BYTES} bytes`)
        begun = Buffer.from(whole)
        return undefined
      }
      begun = undefined
      const text = whole.toString('latin1', 0, end)
      if (!ANSWER_BEGINNING.test(text))
        throw new Error(`the answer is not HTTP/1.1: ${JSON.stringify(text.slice(0, 40))}`)
      const status = (text.charCodeAt(9) - 48) * 100 + (text.charCodeAt(10) - 48) * 10 + text.charCodeAt(11) - 48
      return {
        head: { status, isOld: text.startsWith('HTTP/1.0'), header: name => headerIn(text, name) },
        left: whole.subarray(end + 4),
      }
    },
  }
}

/** Value of a header in the text of a head, or null; names are compared without case. Repeated headers are joined by a comma. */
export function headerIn(head: string, name: string): string | null {
  let found: string | null = null
  const wanted = name.toLowerCase()
  let at = head.indexOf('\r\n')
  while (at >= 0) {
    const from = at + 2
    const end = head.indexOf('\r\n', from)
    const colon = from + wanted.length
    if (head.charCodeAt(colon) === 58 && head.slice(from, colon).toLowerCase() === wanted) {
      const value = head.slice(colon + 1, end < 0 ? undefined : end).trim()
      found = found === null ? value : `${found}, ${value}`
    }
    at = end
  }
  return found
}

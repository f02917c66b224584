// Reads what a GET is answered with: a poll's JSON, or the reason why the server does not serve us, and whether to ask again.
import { reasonOf } from './reason.ts'
import type { Session } from './session.ts'
import { createTextStream, decodeText, type TextStream } from './text-stream.ts'
import type { ResponseHandlers } from './transports/transport.ts'

/** Statuses after which our own clients ask again (protocol page, "Our own clients"). */
const passing = new Set([502, 503, 504])

/** Of an error page only the beginning is of use. */
const maxRefusalBytes = 64 * 1024

/** Text of a body, collected chunk by chunk; nearly every poll's is one chunk, which is decoded in one go. */
export interface BodyText {
  push(chunk: Uint8Array): void
  text(): string
}

export function createBodyText(): BodyText {
  let only: Uint8Array | undefined
  let decoder: TextStream | undefined
  let text = ''
  return {
    push(chunk) {
      if (decoder) text += decoder.push(chunk)
      else if (!only) only = chunk
      else {
        decoder = createTextStream()
        text = decoder.push(only) + decoder.push(chunk)
      }
    },
    text: () => (decoder ? text + decoder.end() : only ? decodeText(only) : ''),
  }
}

/** What a server's refusal says: the `detail` of its problem+json (RFC 9457), else its title, else how the page begins. */
export function refusalText(what: string, status: number, location: string | null, body: string): string {
  if (status === 0 || (status >= 300 && status < 400)) {
    return `${what} was redirected${location === null ? '' : ` to ${location}`}; give the final address as base URL`
  }
  let said = body
  try {
    const { detail, title } = JSON.parse(body) as { detail?: unknown; title?: unknown }
    if (typeof detail === 'string') said = detail
    else if (typeof title === 'string') said = title
  } catch {
    // Not JSON: an intermediary's own page; its beginning has to do.
  }
  said = said.replace(/\s+/g, ' ').trim()
  if (said.length > 300) said = `${said.slice(0, 299)}…`
  return said === '' ? `${what} was answered ${status}` : `${what} was answered ${status}: ${said}`
}

/** Ends or retries `session` as the status demands. `retryAfter` is the header; only its seconds form is honoured. */
export function refuse(session: Session, status: number, retryAfter: string | null, reason: string): void {
  if (!passing.has(status)) session.fail(reason)
  else session.retry(reason, /^[0-9]{1,9}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 0)
}

/** Handlers for a GET whose 200 is `onAnswer`'s and whose every other status is a refusal. */
export function refusing(
  session: Session,
  what: string,
  ok: { onHead(header: (name: string) => string | null): void; onData(chunk: Uint8Array): void; onEnd(): void },
): ResponseHandlers {
  let status = 0
  let header: (name: string) => string | null
  let page: BodyText | undefined
  let pageBytes = 0
  return {
    onHead(answered, headerOf) {
      session.heard()
      status = answered
      header = headerOf
      if (status === 200) ok.onHead(headerOf)
      else page = createBodyText()
    },
    onData(chunk) {
      session.heard()
      if (status === 200) return ok.onData(chunk)
      pageBytes += chunk.length
      if (pageBytes <= maxRefusalBytes) page?.push(chunk)
    },
    onEnd() {
      if (status === 200) return ok.onEnd()
      refuse(session, status, header('retry-after'), refusalText(what, status, header('location'), page?.text() ?? ''))
    },
    onError: error => session.retry(`${what} failed: ${reasonOf(error)}`),
  }
}

/** Sends one poll; silence of `limitMs` is a cut. `onAnswer` runs once its notices are delivered, and not when anything failed. */
export function poll(session: Session, path: string, query: Query, limitMs: number, onAnswer: () => void): void {
  const what = `GET ${path}`
  const body = createBodyText()
  session.tally.requests++
  session.expect(limitMs)
  const handlers = refusing(session, what, {
    onHead() {},
    onData: body.push,
    onEnd() {
      session.expect(0)
      const text = body.text()
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch {
        // Asked for again, since an answer without a length may have been cut unnoticed on its way.
        session.retry(`${what} was answered with something that is not JSON: ${text.slice(0, 80)}`)
        return
      }
      try {
        session.opened()
        if (!session.over()) session.delivery.answer(value)
      } catch (error) {
        session.fail(`${what}: ${reasonOf(error)}`)
      }
      if (!session.over()) onAnswer()
    },
  })
  session.holds(session.connection.get(withQuery(path, query), handlers))
}

export type Query = Readonly<Record<string, string | number | undefined>>

/** `path` with those of `parameters` that are set. */
export function withQuery(path: string, parameters: Query): string {
  let query = ''
  for (const name in parameters) {
    const value = parameters[name]
    if (value !== undefined) query += `${query === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`
  }
  return path + query
}

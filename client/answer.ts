// Reads what a GET is answered with: its body's text, or the reason why the server does not serve us, and whether to ask again.
import { reasonOf } from './reason.ts'
import type { Session } from './session.ts'
import { createTextStream, decodeText, type TextStream } from './text-stream.ts'
import type { ResponseHandlers } from './transports/transport.ts'

/** Statuses after which our own clients ask again (client/README.md, "Reconnect rules"). */
const passing = new Set([408, 429, 502, 503, 504])

/** Of an error page only the beginning is of use. */
const maxRefusalBytes = 64 * 1024

/** Text of a body, collected chunk by chunk; nearly every poll's is one chunk, which is decoded in one go. */
export interface BodyText {
  push(chunk: Uint8Array): void
  /** The text so far; begins anew and keeps nothing, since a chunk held until the next poll would grow old on the heap. */
  take(): string
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
    take() {
      const whole = decoder ? text + decoder.end() : only ? decodeText(only) : ''
      only = undefined
      decoder = undefined
      text = ''
      return whole
    },
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

/** What is done with a 200. `onHead` also marks that whatever an answer before it left behind is void. */
export interface Served {
  onHead(header: (name: string) => string | null): void
  onData(chunk: Uint8Array): void
  onEnd(): void
}

/** Handlers of a subscription's GETs: a 200 is for `served`, every other status a refusal. One set serves all its requests in turn. */
export function answerHandlers(session: Session, what: string, served: Served): ResponseHandlers {
  let status = 0
  let header: ((name: string) => string | null) | undefined
  let pageBytes = 0
  const page = createBodyText()
  return {
    onHead(answered, headerOf) {
      session.received()
      status = answered
      if (status === 200) return served.onHead(headerOf)
      header = headerOf
      pageBytes = 0
      page.take()
    },
    onData(chunk) {
      session.received()
      if (status === 200) return served.onData(chunk)
      pageBytes += chunk.length
      if (pageBytes <= maxRefusalBytes) page.push(chunk)
    },
    onEnd() {
      if (status === 200) return served.onEnd()
      const location = header?.('location') ?? null
      refuse(session, status, header?.('retry-after') ?? null, refusalText(what, status, location, page.take()))
    },
    onError: error => session.retry(`${what} failed: ${reasonOf(error)}`),
  }
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

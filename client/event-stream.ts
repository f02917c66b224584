// Parser of text/event-stream, incremental: WHATWG HTML, section 9.2.6 "Interpreting an event stream".
import { isId, isTime } from './codecs/event-fields.ts'
import { createTextStream } from './text-stream.ts'

export interface EventStreamHandlers {
  /** `type` is `message` where the event names none; `id` is the last event ID at this point, '' where there was none. */
  onEvent(type: string, data: string, id: string): void
  onComment?(text: string): void
  /** The server's reconnection time. */
  onRetry?(retryMs: number): void
}

export interface EventStream {
  /** Throws where a line or an event grows past `maxChars`, and what the handlers throw. */
  push(chunk: Uint8Array): void
}

/** A notice is at most 64 KiB of JSON and its envelope; a line that goes on for longer is no event stream of ours. */
export const defaultMaxChars = 1024 * 1024

/** A parser for one response body. What an unfinished last event holds is discarded with it, as the standard demands. */
export function createEventStream(handlers: EventStreamHandlers, maxChars = defaultMaxChars): EventStream {
  const decoder = createTextStream()
  let held = ''
  let afterReturn = false
  let type = ''
  let data: string | undefined
  let id = ''

  function dispatch(): void {
    const [eventType, eventData] = [type, data]
    type = ''
    data = undefined
    if (eventData !== undefined) handlers.onEvent(eventType === '' ? 'message' : eventType, eventData, id)
  }

  function take(line: string): void {
    if (line === '') return dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return handlers.onComment?.(line.slice(1))
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1)
    if (field === 'data') {
      data = data === undefined ? value : `${data}\n${value}`
      if (data.length > maxChars) throw tooLong()
    } else if (field === 'event') type = value
    else if (field === 'id') {
      if (isId(value)) id = value
    } else if (field === 'retry' && isTime(value)) handlers.onRetry?.(Number(value))
  }

  const tooLong = () => new Error(`a line or event of the stream must not exceed ${maxChars} characters`)

  return {
    push(chunk) {
      const text = decoder.push(chunk)
      if (text === '') return
      let start = 0
      if (afterReturn) {
        afterReturn = false
        // The other half of a CRLF that was cut between two chunks.
        if (text.charCodeAt(0) === 0x0a) start = 1
      }
      // Each is searched for again only once passed, so that a chunk is scanned once for either, whatever ends its lines.
      let feed = text.indexOf('\n', start)
      let carriage = text.indexOf('\r', start)
      while (feed !== -1 || carriage !== -1) {
        const end = carriage === -1 || (feed !== -1 && feed < carriage) ? feed : carriage
        const line = held === '' ? text.slice(start, end) : held + text.slice(start, end)
        held = ''
        start = end + 1
        if (end === carriage) {
          if (start === text.length) afterReturn = true
          else if (feed === start) start++
        }
        if (feed !== -1 && feed < start) feed = text.indexOf('\n', start)
        if (carriage !== -1 && carriage < start) carriage = text.indexOf('\r', start)
        take(line)
      }
      if (start < text.length) held += start === 0 ? text : text.slice(start)
      if (held.length > maxChars) throw tooLong()
    },
  }
}

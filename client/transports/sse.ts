// Server-Sent Events, the client's half: one endless response, read with a fetch-style reader.
// Not the platform's EventSource: it hides statuses and heartbeats, has its own retry rule, and does not exist in Node.
import { deliveryPath } from '../../server/protocol.ts'
import { answerHandlers, withQuery } from '../answer.ts'
import { createEventStream, type EventStream } from '../event-stream.ts'
import { reasonOf } from '../reason.ts'
import { openSession, silence } from '../session.ts'
import type { Subscribe } from './transport.ts'

const path = deliveryPath('sse')
const what = `GET ${path}`
const headers = { accept: 'text/event-stream' }

export const subscribe: Subscribe = subscription => {
  const session = openSession(subscription, attempt)
  const { ordering } = session
  let events: EventStream

  function onEvent(type: string, data: string, id: string): void {
    if (session.isClosed()) return
    if (type === 'message') ordering.notice(JSON.parse(data), id)
    else if (type === 'hello' || type === 'gap') {
      session.opened()
      if (!session.isClosed()) ordering.position(JSON.parse(data))
    }
    // Events of other types are left to later versions of the protocol.
  }

  const handlers = answerHandlers(session, what, {
    onHead(header) {
      const type = header('content-type')
      if (!type?.startsWith('text/event-stream')) {
        session.fail(`${what} must be answered with text/event-stream, got ${type ?? 'none'}`)
      }
      // The server's `retry:` field is meant for EventSource; our own clients keep to their own rule.
      events = createEventStream({ onEvent })
    },
    onData(chunk) {
      try {
        events.push(chunk)
      } catch (error) {
        session.fail(`${what}: ${reasonOf(error)}`)
      }
    },
    onEnd: () => session.retry(`${what}: the server ended it`),
  })

  function attempt(): void {
    session.tally.requests++
    session.expectWithin(silence.streamMs)
    // The cursor travels as `after`, which needs no preflight and shows in a log; it says the same as Last-Event-ID.
    session.begin(session.connection.get(withQuery(path, { after: ordering.after() }), handlers, headers))
  }

  if (!session.isClosed()) attempt()
}

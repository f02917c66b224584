// WebSocket, the client's half: positions and notices as text frames; a notice's cursor is composed (server/README.md, "Delivery").
import { deliveryPath } from '../../server/protocol.ts'
import { refusalText, refuse, withQuery } from '../answer.ts'
import { reasonOf } from '../reason.ts'
import { openSession, silence } from '../session.ts'
import type { Subscribe } from './transport.ts'

const path = deliveryPath('websocket')

/** RFC 6455 §7.4.1: the server goes away or asks to come again, or the connection was cut (a browser shows a refused handshake as 1006
 * too). 1005 and 1014 are an intermediary's way to say so. With any other code the same attempt would end the same way. */
const passing = new Set([1001, 1005, 1006, 1012, 1013, 1014])

export const subscribe: Subscribe = subscription => {
  const session = openSession(subscription, attempt)
  const { ordering } = session

  function take(text: string): void {
    const message = JSON.parse(text) as { seq?: unknown; cursor?: unknown; ref?: unknown } | null
    if (message?.seq !== undefined && message.ref === undefined) ordering.notice(message)
    else if (message?.cursor !== undefined) {
      session.opened()
      if (!session.isClosed()) ordering.position(message)
    } else if (message?.ref === undefined)
      throw new Error(`a frame must be a position or a notice, got ${text.slice(0, 80)}`)
  }

  function attempt(): void {
    session.tally.requests++
    session.expectWithin(silence.webSocketHandshakeMs)
    const socket = session.connection.webSocket(withQuery(path, { after: ordering.after() }), {
      onOpen() {
        session.expectWithin(silence.streamMs)
        let ref = 0
        subscription.onUpstream?.(publish => socket.send(JSON.stringify({ publish, ref: ++ref })))
      },
      onPing: session.received,
      onText(text) {
        session.received()
        try {
          take(text)
        } catch (error) {
          session.fail(`WebSocket ${path}: ${reasonOf(error)}`)
        }
      },
      onRefused(status, header, body) {
        const reason = refusalText(`WebSocket ${path}`, status, header('location'), body)
        refuse(session, status, header('retry-after'), reason)
      },
      onClose(code, text) {
        const reason = `WebSocket ${path} closed with ${code}${text === '' ? '' : `: ${text}`}`
        if (passing.has(code)) session.retry(reason)
        else session.fail(reason)
      },
    })
    session.begin(() => socket.close())
  }

  if (!session.isClosed()) attempt()
}

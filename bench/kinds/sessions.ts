// Sessions that polls must find again: Socket.IO's, through a balancer, each request by itself.
import { createHttp, type Http } from '../../client/network/http.ts'
import type { Cell } from '../../results/cell.ts'
import { sum } from '../../results/sums.ts'
import { deliveryPath } from '../../server/protocol.ts'
import { blankCell } from '../cell/blank-cell.ts'
import { withServer } from '../cell/with-server.ts'
import { startFleet } from '../fleet/fleet.ts'
import { type DriverOrder, type KindDriver, onTransport } from './kind.ts'

/** Requests with the id of a session, each of which a balancer may hand to another server. */
const REQUESTS_EACH = 20
/** Engine.IO protocol 4: an answer to a ping may come at any time, and is answered at once. */
const PONG = '3'

interface Answer {
  readonly status: number
  readonly cookie: string
  readonly text: string
}

/** One cell: `scenario.clients` sessions one beside the other. Throws ExitError 3 or 4 as fleets do, and what `signal` was aborted with. */
export function measureSessions(order: DriverOrder): Promise<Cell> {
  const { scenario, transport } = order
  const blank = blankCell(order)
  return withServer(
    order,
    () => startFleet(scenario),
    async fleet => {
      const begunMs = performance.now()
      const path = `${deliveryPath(transport)}/?EIO=4&transport=polling`
      const sessions = Array.from({ length: scenario.clients }, () => refusedOf(new URL(fleet.url), path))
      const refused = sum(await Promise.all(sessions), count => count)
      return {
        ...blank,
        windowMs: performance.now() - begunMs,
        sessions: { requests: scenario.clients * REQUESTS_EACH, refused },
      }
    },
  )
}

/** Opens a session and asks on it; gives how many of its requests met a server that does not know it. */
async function refusedOf(origin: URL, path: string): Promise<number> {
  const http = createHttp(origin, { keepAlive: true, thresholdMs: 1000 })
  try {
    const { status, cookie, text } = await answerTo(handlers => http.get(path, '', handlers))
    if (status !== 200) throw new Error(`a session was refused with ${status}: ${text}`)
    const { sid } = JSON.parse(text.slice(1)) as { sid: string }
    const headers = cookie === '' ? '' : `Cookie: ${cookie}\r\n`
    let refused = 0
    for (let i = 0; i < REQUESTS_EACH; i++) {
      const answer = await answerTo(handlers => http.post(`${path}&sid=${sid}`, headers, PONG, handlers))
      // Engine.IO: {"code":1,"message":"Session ID unknown"}.
      if (answer.status === 400 && answer.text.includes('"code":1')) refused++
      else if (answer.status !== 200)
        throw new Error(`a session's request was answered with ${answer.status}: ${answer.text}`)
    }
    return refused
  } finally {
    http.close()
  }
}

const answerTo = (begin: (handlers: Parameters<Http['get']>[2]) => void): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let status = 0
    let cookie = ''
    let text = ''
    begin({
      onHead(answered, header) {
        status = answered
        cookie = header('set-cookie')?.split(';')[0] ?? ''
      },
      onData(chunk) {
        text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString()
      },
      onEnd: () => resolve({ status, cookie, text }),
      onError: reject,
    })
  })

export const kind = { measure: onTransport(measureSessions) } satisfies KindDriver

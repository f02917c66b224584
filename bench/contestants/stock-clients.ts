// The clients that people install, used as their documentation shows: contestants of the load's own readers.
import { EventSource } from 'eventsource'
import { io } from 'socket.io-client'
import { Client } from 'undici'
import { WebSocket } from 'ws'
import type { TransportName } from '../../client/transports/index.ts'
import type { Subscribe, Subscription } from '../../client/transports/transport.ts'
import { deliveryPath, type Notice, type PollAnswer, type Position } from '../../server/protocol.ts'

const isPosition = (message: Notice | Position): message is Position => 'cursor' in message

/** Runs `close` once the subscription is over; says that it begins. */
function until({ signal, onState }: Subscription, close: () => void): void {
  signal.addEventListener('abort', close, { once: true })
  onState?.('connecting')
}

/** One poll after the other, each when `pause` lets it go; `first` is the query of the one that says where the stream is. */
function pollWith(subscription: Subscription, path: string, first = '', pause = async (): Promise<void> => {}): void {
  const { baseUrl, signal, onState, onNotice } = subscription
  const client = new Client(baseUrl, { bodyTimeout: 0, headersTimeout: 0 })
  until(subscription, () => void client.destroy().catch(() => {}))
  const poll = async (): Promise<void> => {
    let query = first
    while (!signal.aborted) {
      await pause()
      const { body } = await client.request({ method: 'GET', path: `${path}${query}` })
      const { cursor, notices } = (await body.json()) as PollAnswer
      if (query === first) onState?.('open')
      query = `?after=${cursor}`
      for (const notice of notices) onNotice(notice, cursor)
    }
  }
  poll().catch((error: Error) => {
    if (!signal.aborted) onState?.('closed', error.message)
  })
}

/** Absent = nobody has a library for that transport. They resume nothing, and end where their connection does. */
export const stockClients: Readonly<Partial<Record<TransportName, Subscribe>>> = {
  'short-polling'(subscription) {
    const { phaseMs = 0, pollIntervalMs = 1000 } = subscription
    const begunMs = performance.now()
    let k = 0
    pollWith(subscription, deliveryPath('short-polling'), '', () => {
      const dueMs = begunMs + phaseMs + k++ * pollIntervalMs
      return new Promise(resolve => setTimeout(resolve, Math.max(0, dueMs - performance.now())))
    })
  },
  'long-polling': subscription => pollWith(subscription, deliveryPath('long-polling'), '?waitMs=0'),
  sse(subscription) {
    const { baseUrl, onState, onNotice } = subscription
    const source = new EventSource(`${baseUrl}${deliveryPath('sse')}`)
    until(subscription, () => source.close())
    source.addEventListener('hello', () => onState?.('open'))
    source.onmessage = ({ data, lastEventId }) => onNotice(JSON.parse(data) as Notice, lastEventId)
    source.onerror = ({ message }) => onState?.('connecting', message ?? 'the stream broke')
  },
  websocket(subscription) {
    const { baseUrl, onState, onNotice } = subscription
    const socket = new WebSocket(`${baseUrl.replace('http', 'ws')}${deliveryPath('websocket')}`)
    until(subscription, () => socket.close())
    socket.on('message', data => {
      const message = JSON.parse(String(data)) as Notice | Position
      if (isPosition(message)) onState?.('open')
      else onNotice(message, '')
    })
    socket.on('error', error => onState?.('closed', error.message))
  },
  'socket-io'(subscription) {
    const { baseUrl, onState, onNotice } = subscription
    const socket = io(baseUrl, { path: deliveryPath('socket-io'), forceNew: true })
    until(subscription, () => void socket.disconnect())
    socket.on('hello', () => onState?.('open'))
    socket.on('notice', (notice: Notice) => onNotice(notice, ''))
    socket.on('connect_error', error => onState?.('connecting', error.message))
  },
}

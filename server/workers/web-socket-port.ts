// A WebSocket as the channel between two processes that are not each other's child.
import type { WebSocket } from 'ws'
import type { Port } from './channel.ts'

/** Messages are objects of JSON; a peer that sends anything else is none of ours, and is closed with 1008. */
export const webSocketPort = (socket: WebSocket): Port => ({
  get connected() {
    return socket.readyState === socket.OPEN
  },
  send(message, callback) {
    socket.send(JSON.stringify(message), error => callback?.(error ?? null))
    return true
  },
  on: (_event, listener) =>
    socket.on('message', data => {
      const message = objectIn(String(data))
      if (message) listener(message)
      else socket.close(1008, 'a message must be an object of JSON')
    }),
  once: (_event, listener) => socket.once('close', listener),
})

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

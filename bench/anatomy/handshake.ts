// Sends a handshake as no page can, over a connection of its own, and keeps both directions.
import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import type { CapturedChunk } from '../../client/anatomy/capture.ts'
import {
  farewell,
  type Handshake,
  handshakeBytes,
  handshakes,
  type Step,
  type Try,
} from '../../client/anatomy/tries.ts'
import { joined } from '../../client/codecs/bytes.ts'
import { readFrameHead } from '../../client/codecs/frames.ts'
import { type BodyFraming, bodyFramingOf, type Head, headerOf, readHead } from '../../client/codecs/http.ts'
import { deliveryPath } from '../../server/protocol.ts'
import { ofFrames } from './plan.ts'

export interface Target {
  readonly port: number
  readonly isSecure: boolean
  /** What the request says that it is to: `127.0.0.1:8080`. */
  readonly host: string
}

/** How long a server may take for all of it. */
const WITHIN_MS = 3000

/** Where a WebSocket of ours is to be had. */
const path = deliveryPath(ofFrames)

/** Settles once the server has ended the connection, or has said all that it will. Throws a sentence where it cannot be reached, or says nothing in time. */
export function tryHandshake(step: Step, { port, isSecure, host }: Target): Promise<Try> {
  const { thenSends = farewell }: Handshake = handshakes[step]
  const beganMs = performance.now()
  const clock = (): number => Math.round((performance.now() - beganMs) * 100) / 100
  const chunks: CapturedChunk[] = []
  const socket: Socket = isSecure
    ? connectSecurely({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connect({ port, host: '127.0.0.1' })
  socket.setNoDelay(true)
  let hasSpoken = false
  let closedBy: 'client' | 'server' = 'server'

  const send = (bytes: Uint8Array): void => {
    chunks.push({ way: 'up', atMs: clock(), bytes })
    socket.write(bytes)
  }
  function go(): void {
    const whole = joined(chunks.filter(({ way }) => way === 'down').map(({ bytes }) => bytes))
    const head = readHead(whole, 0, 'answer')
    if (!head) return
    const framing = bodyFramingOf(head)
    if (framing.kind === 'upgraded') {
      const frame = readFrameHead(whole, head.to)
      if (hasSpoken || !frame || frame.to > whole.length) return
      hasSpoken = true
      send(thenSends)
    } else if (isWhole(head, framing, whole.length) && headerOf(head, 'connection') !== 'close') {
      closedBy = 'client'
      socket.end()
    }
  }

  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => socket.destroy(new Error(`the server did not end the connection within ${WITHIN_MS / 1000} s`)),
      WITHIN_MS,
    )
    socket.once(isSecure ? 'secureConnect' : 'connect', () => send(handshakeBytes(step, host, path)))
    socket.on('data', (chunk: Buffer) => {
      chunks.push({ way: 'down', atMs: clock(), bytes: Uint8Array.from(chunk) })
      try {
        go()
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    socket.once('error', error => reject(new Error(`the handshake ${JSON.stringify(step)} failed: ${error.message}`)))
    socket.once('close', () => {
      clearTimeout(late)
      resolve({ step, connection: { openedMs: 0, closedMs: clock(), closedBy, chunks } })
    })
  })
}

const isWhole = (head: Head, framing: BodyFraming, bytes: number): boolean =>
  framing.kind === 'none' || (framing.kind === 'length' && bytes >= head.to + framing.bytes)

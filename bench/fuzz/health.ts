// Asks a server over a connection of its own whether it still answers, and how soon.
import { connect, type Socket } from 'node:net'
import { paths } from '../../server/protocol.ts'

const REQUEST = `GET ${paths.health} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
const EVERY_MS = 10
/** Longer than any answer takes that is still to come. */
export const HUNG_MS = 10_000

export interface Watch {
  /** Ends it; gives the longest time that an answer took, ms. Rejects where none came within HUNG_MS. */
  stop(): Promise<number>
}

/** Asks again and again until it is stopped. */
export function watchHealth(port: number): Watch {
  let isOver = false
  let worstMs = 0
  const watching = (async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    try {
      do {
        const begunMs = performance.now()
        await answerOf(socket)
        worstMs = Math.max(worstMs, performance.now() - begunMs)
        if (!isOver) await new Promise(resolve => setTimeout(resolve, EVERY_MS))
      } while (!isOver)
    } finally {
      socket.destroy()
    }
    return worstMs
  })()
  watching.catch(() => {})
  return {
    stop() {
      isOver = true
      return watching
    },
  }
}

const answerOf = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    let got = ''
    const timer = setTimeout(() => over(new Error(`no answer within ${HUNG_MS / 1000} s`)), HUNG_MS)
    const onData = (chunk: Buffer): void => {
      got += chunk.toString('latin1')
      if (got.includes('"ok"')) over()
    }
    const over = (error?: Error): void => {
      clearTimeout(timer)
      socket.removeListener('data', onData).removeListener('error', over).removeListener('close', onClose)
      if (error) reject(error)
      else resolve()
    }
    const onClose = (): void => over(new Error('the connection was closed'))
    socket.on('data', onData).once('error', over).once('close', onClose)
    socket.write(REQUEST)
  })

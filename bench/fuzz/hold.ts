// Holds a conversation with a server and looks at how it was answered.
import { connect, type Socket } from 'node:net'
import type { Conversation } from './conversation.ts'
import { sessionPath } from './sessions.ts'

/** Where a server is, and what stands in braces for it. */
export interface Place {
  readonly port: number
  readonly control: string
  readonly epoch: string
  readonly head: number
  /** The run whose file is there. */
  readonly run: string
}

/** A connection whose sender has ended it is waited for so long. */
const LINGER_MS = 1000
/** And one is held so long at most. */
const HOLD_MS = 5000

/** No client is to see these: an internal error, or where it was. */
const wrong = [
  ['an internal error', Buffer.from('HTTP/1.1 500 ')],
  ['a stack', Buffer.from('\\n    at ')],
  ['a stack', Buffer.from('\n    at ')],
] as const

const connectTo = ({ port, control }: Place, over: Conversation['over']): Socket =>
  over === 'control' ? connect({ path: control }) : connect({ port, host: '127.0.0.1', noDelay: true })

/** The answer to a request that ends its connection, as bytes. */
function ask(place: Place, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTo(place, 'port').setEncoding('latin1')
    let got = ''
    socket.on('data', text => (got += text)).once('error', reject)
    socket.once('close', () => resolve(got))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
  })
}

async function beginSession(place: Place): Promise<string> {
  return /"sid":"([^"]+)"/.exec(await ask(place, sessionPath))?.[1] ?? 'none'
}

/** Holds it to its end. Gives what was wrong with an answer; rejects where it could not be connected. */
export async function hold(place: Place, { over, writes, ending }: Conversation): Promise<string | undefined> {
  const isInSession = writes.some(text => text.includes('{SESSION}'))
  const values: Readonly<Record<string, string>> = {
    SESSION: isInSession ? await beginSession(place) : '',
    EPOCH: place.epoch,
    HEAD: String(place.head),
    RUN: place.run,
  }
  const texts = writes.map(text => text.replace(/\{([A-Z]+)\}/g, (whole, name: string) => values[name] ?? whole))
  let found: string | undefined
  return new Promise((resolve, reject) => {
    let isConnected = false
    const socket = connectTo(place, over)
    const giveUp = setTimeout(() => socket.destroy(), HOLD_MS)
    socket.on('error', error => {
      if (!isConnected) reject(error)
    })
    socket.once('close', () => {
      clearTimeout(giveUp)
      resolve(found)
    })
    socket.on('data', chunk => {
      found ??= wrong.find(([, bytes]) => chunk.includes(bytes))?.[0]
    })
    socket.once('connect', async () => {
      isConnected = true
      for (const text of texts) {
        if (socket.destroyed) return
        // A piece by itself is read by itself.
        await new Promise<void>(next => void socket.write(text, 'latin1', () => setImmediate(next)))
      }
      // Only TCP has resets.
      if (ending === 'reset') return void (over === 'port' ? socket.resetAndDestroy() : socket.destroy())
      socket.end()
      setTimeout(() => socket.destroy(), LINGER_MS).unref()
    })
  })
}

// Readers that stop: connections that ask for the stream, read how it begins, and then nothing more.
import { connect, type Socket } from 'node:net'
import type { Dialect } from '../contestants/contestant.ts'
import { requestText } from '../contestants/requests.ts'
import { serveParent } from '../machine/child.ts'

export type StalledCalls = {
  /** Opens `readers` connections one after the other; settles once each was answered and reads no more. Rejects where one is refused. */
  open: { argument: { readonly port: number; readonly dialect: Dialect; readonly readers: number }; result: void }
  /** How many the server has not ended. What it sends is not read, so only an end by reset is seen. */
  held: { argument: null; result: number }
}

const sockets = new Set<Socket>()

const openOne = (port: number, dialect: Dialect): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    sockets.add(socket)
    socket.once('error', reject).on('close', () => sockets.delete(socket))
    socket.write(requestText(dialect))
    socket.once('data', chunk => {
      socket.pause()
      const head = chunk.toString('latin1').slice(0, 40)
      if (/^HTTP\/1\.1 (101|200) /.test(head)) resolve()
      else reject(new Error(`a reader was refused: ${head}`))
    })
  })

serveParent<StalledCalls>({
  async open({ port, dialect, readers }) {
    for (let i = 0; i < readers; i++) await openOne(port, dialect)
  },
  held: () => sockets.size,
})

// What the emulator's tests share: servers, links and clients that are gone after each test.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type LinkOptions, startLink } from './link.ts'

/** Run in reverse after each test. */
export const ends: (() => unknown)[] = []
/** Ends what a test began; for `afterEach`. */
export const endAll = async (): Promise<void> => {
  for (const end of ends.splice(0).reverse()) await end()
}

/** A server on a free port of 127.0.0.1; gives the port. */
export const listen = async <T extends Server>(server: T): Promise<number> => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise(resolve => server.close(resolve))
  })
  return (server.address() as { port: number }).port
}

/** A link to a server that does `onConnection`, and a way to connect through it. */
export const linked = async (options: Omit<LinkOptions, 'target'>, onConnection: (socket: Socket) => void) => {
  const port = await listen(createServer({ allowHalfOpen: true, noDelay: true }, onConnection))
  const link = await startLink({ ...options, target: { host: '127.0.0.1', port } })
  ends.push(() => link.close())
  const open = async (allowHalfOpen = false): Promise<Socket> => {
    const socket = connect({ port: link.port, host: '127.0.0.1', allowHalfOpen, noDelay: true })
    socket.on('error', () => {})
    ends.push(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { link, open }
}

export const readAll = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}
export const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
/** Until `isTrue`, which must come about by itself. */
export const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise(resolve => setTimeout(resolve, 2))
}

/** The error code a socket closes with; undefined where it was ended in order. */
export const closeCode = (socket: Socket): Promise<string | undefined> =>
  new Promise(resolve => {
    let code: string | undefined
    socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code))
    socket.on('close', () => resolve(code))
    socket.resume()
  })

// Where the demo is reached: a port that is free, and this machine's addresses in its networks.
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { machineError } from '../cli/exit.ts'

const TRIES = 50

/**
 * What `start` gives on the first free port from `from` on. Where another program takes a port between its finding and the listening, the next one.
 * Rejects as `start` does where its port is not at fault, and with ExitError 3 where 50 in a row are taken.
 */
export async function startFrom<Started>(
  from: number,
  host: string,
  start: (port: number) => Promise<Started>,
): Promise<Started> {
  for (;;) {
    const port = await freePortFrom(from, host)
    try {
      return await start(port)
    } catch (error) {
      if (await isFree(port, host)) throw error
    }
  }
}

async function freePortFrom(from: number, host: string): Promise<number> {
  for (let port = from; port < from + TRIES && port <= 65_535; port++) if (await isFree(port, host)) return port
  throw machineError(`none of the ports ${from} to ${from + TRIES - 1} is free`, 'name another one with --port')
}

const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EADDRINUSE') resolve(false)
      else if (code === 'EACCES') reject(machineError(`not allowed to listen on port ${port}; name one from 1024 on`))
      else reject(machineError(message))
    })
    server.listen({ host, port }, () => server.close(() => resolve(true)))
  })

const isPrivate = (address: string): boolean => /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address)

/** IPv4 addresses that others may reach this machine by, those of private networks first. */
export const lanAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
    .sort((a, b) => Number(isPrivate(b)) - Number(isPrivate(a)))

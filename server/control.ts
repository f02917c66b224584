// The control socket: the same API on a Unix socket in a folder only its owner can enter, so that no load shares its network.
import { chmod, lstat, mkdir, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'

/** sun_path of unix(7), less the zero at its end. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/** Listens on `path`, whose folder must be ours alone: made here with mode 0700, or owned by us and closed to others. A socket that a killed server
 * left behind is replaced. Throws a sentence where the folder is another's, or `path` is a living server's or something else than a socket. */
export async function openControl(server: Server, path: string): Promise<Server> {
  const isPipe = process.platform === 'win32'
  // Node cuts a longer one without a word.
  const length = Buffer.byteLength(path)
  if (!isPipe && length > MAX_PATH_BYTES)
    throw new Error(
      `--control must be a path of at most ${MAX_PATH_BYTES} bytes, as sockets have it (TMPDIR names a shorter folder), got ${length}: ${JSON.stringify(path)}`,
    )
  if (!isPipe) {
    const folder = dirname(path)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const stat = await lstat(folder)
    if (!stat.isDirectory() || stat.uid !== process.getuid!() || (stat.mode & 0o077) !== 0)
      throw new Error(`--control must lie in a folder that only you can enter (mode 0700), got ${JSON.stringify(path)}`)
  }
  try {
    await listen(server, path)
  } catch (error) {
    if (isPipe || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (!(await lstat(path)).isSocket())
      throw new Error(`--control must be a path for a socket, got ${JSON.stringify(path)}, which is something else`)
    if (await isServed(path))
      throw new Error(`--control ${JSON.stringify(path)} is the socket of a server that runs; name another path`)
    await rm(path, { force: true })
    await listen(server, path)
  }
  if (!isPipe) await chmod(path, 0o600)
  server.once('close', () => void rm(path, { force: true }).catch(() => {}))
  return server
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })

/** Whether somebody accepts connections on the socket; one that is too busy to does, too. */
const isServed = (path: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })

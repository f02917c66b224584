// The control socket: the same API on a Unix socket in a folder only its owner can enter, so that no load shares its network.
import { chmod, lstat, mkdir, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { dirname } from 'node:path'

/** sun_path of unix(7), less the zero at its end. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/** Listens on `path`, whose folder must be fresh: made here with mode 0700, or owned by us, closed to others and without the socket.
 * Throws a sentence where it is not. */
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
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
  if (!isPipe) await chmod(path, 0o600)
  server.once('close', () => void rm(path, { force: true }).catch(() => {}))
  return server
}

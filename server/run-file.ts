// A run's file as pages may read it: a regular file below its root, of a bounded size, opened without ever waiting for another process.
import { constants } from 'node:fs'
import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import { sep } from 'node:path'

/** Larger files are not read: a run takes a few MB at most. */
export const MAX_RUN_BYTES = 256e6

export interface RunFile {
  /** Whoever opens it closes it. */
  readonly handle: FileHandle
  readonly size: number
  /** Changes whenever the file does. */
  readonly stamp: string
}

/** Opens `path`. Gives undefined where there is no such file below `root`, links followed, and a sentence where it is not one that is read. */
export async function openRunFile(root: string, path: string): Promise<RunFile | string | undefined> {
  const [realRoot, real] = await Promise.all([realpath(root), realpath(path)]).catch(() => [])
  if (realRoot === undefined || real === undefined) return undefined
  if (!real.startsWith(realRoot + sep)) return 'run.json is a link to outside the folder of runs'
  // A pipe that nobody writes to would keep its opener waiting, and with it a thread and the end of the process; a device may do anything.
  if (!(await stat(real).catch(() => undefined))?.isFile()) return 'run.json is no regular file'
  const handle = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => undefined)
  if (!handle) return 'run.json may not be read'
  const found = await handle.stat()
  const reason = !found.isFile()
    ? 'run.json is no regular file'
    : found.size > MAX_RUN_BYTES
      ? `run.json has ${found.size} bytes, more than ${MAX_RUN_BYTES}`
      : undefined
  if (reason === undefined) return { handle, size: found.size, stamp: `${found.ino} ${found.mtimeMs} ${found.size}` }
  await handle.close()
  return reason
}

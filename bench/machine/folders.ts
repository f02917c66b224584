// Folders for what programs keep while they run. Each has its maker's pid in its name: one whose maker was killed is removed with the next that is made.
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machineError } from '../cli/exit.ts'

const OURS = /^transport-lab-[a-z]+-([0-9]+)-[A-Za-z0-9]{6}$/
/** The system's folders that were looked through. */
const looked = new Set<string>()

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })

/** A fresh folder, 0700, as `--control` asks; whoever makes it removes it. `name` is of lower-case letters. Throws ExitError 3. */
export async function makeFolder(name: string): Promise<string> {
  const parent = tmpdir()
  if (!looked.has(parent)) {
    looked.add(parent)
    await removeAbandoned(parent)
  }
  return mkdtemp(join(parent, `transport-lab-${name}-${process.pid}-`)).catch((error: NodeJS.ErrnoException) => {
    throw machineError(`no folder can be made in ${parent}: ${error.code}`, 'name another with TMPDIR')
  })
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = OURS.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const folder = join(parent, name)
    const found = await lstat(folder).catch(() => undefined)
    const isMine = found?.isDirectory() && (process.getuid === undefined || found.uid === process.getuid())
    if (isMine) await removeFolder(folder).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

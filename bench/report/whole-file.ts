// Files that are written whole or not at all: whoever reads one sees the old file or the new one, never half of it.
import { rename, rm, writeFile } from 'node:fs/promises'

/** Writes `data` to `path` by way of a file beside it. Throws what the system says. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await writeFile(temporary, data)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

// The files of a run: results/<id>/run.json, summary.md and summary.csv, written after every round so that a crash loses at most one.
import { mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Run } from '../../results/format.ts'
import { summaryCsv, summaryMarkdown } from '../../results/tables.ts'
import { machineError, usageError } from '../cli/exit.ts'
import { writeWhole } from './whole-file.ts'

export interface RunFolder {
  /** Writes all files anew. Nobody ever sees half a file: each is renamed into place. */
  write(run: Run): Promise<void>
  /** Keeps what a part of the measured system was configured with, under a name that says which. */
  keep(name: string, text: string): Promise<void>
  /** Takes the folder away with all that is in it: of a run that has nothing to tell. */
  discard(): Promise<void>
  /** What `write` writes, as the folder was named. */
  readonly files: readonly string[]
}

/** The document of a run: what run.json holds and `--json` prints. */
export const jsonText = (run: Run): string => `${JSON.stringify(run)}\n`

const documents: Readonly<Record<string, (run: Run) => string>> = {
  'run.json': jsonText,
  'summary.md': summaryMarkdown,
  'summary.csv': summaryCsv,
}

/** Makes `<out>/<id>/`. Throws a usage error where `out` cannot be a folder, and exit code 3 where it cannot be written to. */
export async function openRunFolder(out: string, id: string): Promise<RunFolder> {
  const folder = join(out, id)
  try {
    await makeFolder(out)
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOTDIR')
      throw usageError(`--out must be a folder, got "${out}", where a file stands`)
    throw unwritable(error, out)
  }
  try {
    await mkdir(folder)
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw usageError(`${folder} is there already: two runs began in the same second`, 'run it again')
    throw unwritable(error, out)
  }

  async function write(run: Run): Promise<void> {
    for (const [name, text] of Object.entries(documents)) {
      const path = join(folder, name)
      try {
        await writeWhole(path, text(run))
      } catch (error) {
        throw machineError(
          `${path} cannot be written: ${reasonOf(error)}`,
          'free some space, or name another folder with --out',
        )
      }
    }
  }

  return {
    write,
    keep: (name, text) => writeWhole(join(folder, name), text),
    discard: () => rm(folder, { recursive: true, force: true }),
    files: Object.keys(documents).map(name => join(folder, name)),
  }
}

/** Makes a folder and those above it. Not `mkdir` with `recursive`: where the system answers ENOENT below a folder that is there
 * (/proc), Node 20 tries again for ever. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await mkdir(path)
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code

const reasonOf = (error: unknown): string => codeOf(error) ?? (error instanceof Error ? error.message : String(error))

const unwritable = (error: unknown, out: string): Error =>
  machineError(`--out must be a folder that can be written to, got "${out}": ${reasonOf(error)}`)

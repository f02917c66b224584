// `compare A B`: finds two runs, prints how the later differs from the earlier, and judges the conditions of --fail-on.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRun, type Run } from '../../results/format.ts'
import { nearest } from '../../server/suggest.ts'
import { textOfFile } from '../../server/text-file.ts'
import { type ExitCode, exitCodes, usageError } from '../cli/exit.ts'
import { requireJudgeable } from '../cli/fail-on.ts'
import { failedGates, failedGatesOfChange } from '../cli/gates.ts'
import type { Options } from '../cli/options.ts'
import { columnsOf, isColorAllowed } from '../cli/terminal.ts'
import { comparisonDocument, comparisonText } from './compare-print.ts'

/** Prints the comparison on stdout and what tripped on stderr; exit code 0, or 1 where a condition tripped. Throws a usage error where a
 * run is missing or invalid. */
export async function compare(
  [earlier, later]: readonly [before: string, now: string],
  options: Pick<Options, 'out' | 'failOn' | 'json' | 'color'>,
): Promise<ExitCode> {
  const [before, now] = await Promise.all([readRun(earlier, options.out), readRun(later, options.out)])
  requireJudgeable(options.failOn, now)
  const failed = [
    ...failedGates(
      options.failOn.filter(({ isChange }) => !isChange),
      now,
    ),
    ...failedGatesOfChange(
      options.failOn.filter(({ isChange }) => isChange),
      before,
      now,
    ),
  ]
  const { stdout, stderr, env } = process
  if (options.json) stdout.write(`${JSON.stringify(comparisonDocument(before, now, failed))}\n`)
  else {
    const color = isColorAllowed({ color: options.color, isTTY: stdout.isTTY, env })
    stdout.write(
      comparisonText(before, now, { color, width: stdout.isTTY ? columnsOf(stdout) : Number.POSITIVE_INFINITY }),
    )
  }
  for (const sentence of failed) stderr.write(`${sentence}\n`)
  return failed.length > 0 ? exitCodes.unusable : exitCodes.ok
}

/** A run by what was typed: a run.json, a folder that holds one, or of the runs in `out` an id, a name (the newest of that name), `latest` or
 * `previous`. Throws a usage error that names it. */
export async function readRun(typed: string, out: string): Promise<Run> {
  const path = await pathOf(typed, out)
  const refuse = (why: string) => usageError(`${path} is not a run: ${why}`)
  let text: string
  try {
    text = textOfFile(await readFile(path))
  } catch (error) {
    throw refuse(`it cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw refuse((error as Error).message)
  }
  try {
    return parseRun(document)
  } catch (error) {
    throw refuse((error as Error).message)
  }
}

async function pathOf(typed: string, out: string): Promise<string> {
  if (await isFile(typed)) return typed
  const candidates = [join(typed, 'run.json'), join(out, typed, 'run.json')]
  for (const path of candidates) if (await isFile(path)) return path
  const ids = await idsIn(out)
  const fromNewest = relative.indexOf(typed)
  if (fromNewest >= 0) {
    const id = ids.at(-1 - fromNewest)
    if (id !== undefined) return join(out, id, 'run.json')
    throw usageError(`there is no ${typed} run: ${out} holds ${ids.length === 0 ? 'none' : 'only one'}`)
  }
  for (const id of ids.toReversed()) {
    const path = join(out, id, 'run.json')
    if ((await nameIn(path)) === typed) return path
  }
  const near = nearest(typed, [...(await readdir(out).catch(() => [])), ...relative])
  throw usageError(
    `there is no run "${typed}": neither ${candidates.join(' nor ')} exists, nor has a run in ${out} that name`,
    near === undefined
      ? `ids are the names of folders in ${out}; latest and previous do, too`
      : `did you mean "${near}"?`,
  )
}

/** Of the runs in a folder, from the newest on. */
const relative: readonly string[] = ['latest', 'previous']

/** The ids of the runs in `out`, oldest first: an id begins with when its run began. */
async function idsIn(out: string): Promise<string[]> {
  const found = await readdir(out, { withFileTypes: true }).catch(() => [])
  const ids = await Promise.all(
    found.map(async entry =>
      entry.isDirectory() && /^\d/.test(entry.name) && (await isFile(join(out, entry.name, 'run.json')))
        ? [entry.name]
        : [],
    ),
  )
  return ids.flat().sort()
}

/** What a run was called with --name; undefined where it was not, or where it cannot be read. */
async function nameIn(path: string): Promise<unknown> {
  try {
    return (JSON.parse(textOfFile(await readFile(path))) as { name?: unknown } | null)?.name
  } catch {
    return undefined
  }
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isFile(),
    () => false,
  )

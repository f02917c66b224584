// `compare A B`: finds two runs, prints how the later differs from the earlier, and judges the conditions of --fail-on.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRun, type Run } from '../../results/format.ts'
import { textOfFile } from '../../server/text-file.ts'
import { type ExitCode, exitCodes, usageError } from '../cli/exit.ts'
import { requireJudgeable } from '../cli/fail-on.ts'
import { failedGates, failedGatesOfChange } from '../cli/gates.ts'
import type { Options } from '../cli/options.ts'
import { nearest } from '../cli/suggest.ts'
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

/** A run by what was typed: a run.json, a folder that holds one, or the id of a run in `out`. Throws a usage error that names it. */
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
  const ids = await readdir(out).catch(() => [])
  const near = nearest(typed, ids)
  throw usageError(
    `there is no run "${typed}": neither ${candidates.join(' nor ')} exists`,
    near === undefined ? `ids are the names of folders in ${out}` : `did you mean "${near}"?`,
  )
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isFile(),
    () => false,
  )

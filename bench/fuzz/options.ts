// The options of `npm run fuzz`.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { unknownWord } from '../../server/suggest.ts'
import { usageError } from '../cli/exit.ts'
import { number } from '../cli/values.ts'

export interface FuzzOptions {
  readonly minutes: number
  readonly seed: number
  /** Where in the seed's inputs: what a failure named. */
  readonly path: string | undefined
  /** What went wrong once, to be held again; nothing is generated then. */
  readonly replay: string | undefined
  readonly help: boolean
}

export const fuzzHelp = `Usage: npm run fuzz -- [options]

Sends generated inputs to a server with a heap of 256 MB and looks whether it goes on: requests, frames, packets, JSON, cursors, files.

Examples:
  npm run fuzz                                for one minute, from a new seed
  npm run fuzz -- --minutes 10 --seed 7       for longer, and what can be repeated
  npm run fuzz -- --seed 7 --path 12:0:3      only what a failure named
  npm run fuzz -- --replay FILE               what a failure left in a file

Options:
  --minutes N    how long it goes on, 0.05 to 10000 (1)
  --seed S       of what is generated, a whole number from 0 to 2147483647 (a new one, which is told)
  --path PATH    only the input that a failure named
  --replay FILE  only what is in the file that a failure named, batch by batch, and how slow each one was
  -h, --help     this text
`

const known = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  path: { type: 'string' },
  replay: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Parses the arguments behind the program's name. Throws ExitError 2. */
export function parseFuzzOptions(argv: readonly string[], drawSeed = () => randomInt(2 ** 31)): FuzzOptions {
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens)
    if (token.kind === 'positional') throw usageError(`fuzz takes options only, got ${JSON.stringify(token.value)}`)
    else if (token.kind === 'option' && !Object.hasOwn(known, token.name))
      throw usageError(
        unknownWord(
          'option',
          token.rawName,
          Object.keys(known).map(name => `--${name}`),
        ),
      )
  const text = (name: 'minutes' | 'seed' | 'path' | 'replay'): string | undefined => {
    const value = values[name]
    if (typeof value === 'boolean') throw usageError(`--${name} needs a value, got nothing`)
    return value
  }
  const path = text('path')
  if (path !== undefined && !/^\d+(:\d+)*$/.test(path))
    throw usageError(`--path must be numbers joined by colons, as a failure names it, got "${path}"`)
  if (path !== undefined && text('seed') === undefined)
    throw usageError(`--path goes with the --seed that the failure named, got "${path}" alone`)
  return {
    minutes: number('minutes', text('minutes'), { min: 0.05, max: 10_000 }, 1),
    seed:
      text('seed') === undefined
        ? drawSeed()
        : number('seed', text('seed'), { min: 0, max: 2 ** 31 - 1, whole: true }, 0),
    path,
    replay: text('replay'),
    help: values.help === true,
  }
}

// The options of `npm run demo`.
import { parseArgs } from 'node:util'
import { unknownWord } from '../../server/suggest.ts'
import { usageError } from '../cli/exit.ts'

export interface DemoOptions {
  readonly port: number
  /** Phones of the same network may join. */
  readonly lan: boolean
  readonly record: string | undefined
  readonly replay: string | undefined
  readonly tour: boolean
  readonly seed: number
  readonly color: boolean
  readonly help: boolean
}

export const demoHelp = `Usage: npm run demo -- [options]

Examples:
  npm run demo                            a live demo on this machine: prints the addresses of stage and teacher
  npm run demo -- --lan                   phones of the same network may join; prints a QR code
  npm run demo -- --replay class.ndjson   plays what was recorded

Options:
  --port NUMBER    port to begin with, 1 to 65535; where it is taken, the next free one (8080)
  --lan            listen on every address of this machine, not on loopback alone
  --record FILE    keep the log as NDJSON, up to the 64 MB that pages play, for --replay
  --replay FILE    serve a recorded log; nothing is live
  --tour           go through the seven scenes by itself, and end
  --seed NUMBER    of what is random (7)
  --no-color       no colour
  -h, --help       this text
`

const known = {
  port: { type: 'string', default: '8080' },
  lan: { type: 'boolean', default: false },
  record: { type: 'string' },
  replay: { type: 'string' },
  tour: { type: 'boolean', default: false },
  seed: { type: 'string', default: '7' },
  'no-color': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const wholeNumber = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text)
  if (!/^[0-9]+$/.test(text) || value < min || value > max)
    throw usageError(`--${name} must be a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`)
  return value
}

/** Parses the arguments behind the program's name. Throws ExitError 2. */
export function parseDemoOptions(argv: readonly string[]): DemoOptions {
  const { tokens } = parseArgs({ args: [...argv], options: known, strict: false, allowPositionals: true, tokens: true })
  for (const token of tokens)
    if (token.kind === 'positional') throw usageError(`the demo takes options only, got ${JSON.stringify(token.value)}`)
    else if (token.kind === 'option' && !Object.hasOwn(known, token.name))
      throw usageError(unknownWord('option', token.rawName, [...Object.keys(known).map(name => `--${name}`), '-h']))
  let values: ReturnType<typeof read>
  const read = () => parseArgs({ args: [...argv], options: known, strict: true }).values
  try {
    values = read()
  } catch (error) {
    throw usageError(`${(error as Error).message.split('. ')[0]}. See --help`)
  }
  const { record, replay, tour, lan } = values
  if (replay !== undefined)
    for (const [name, given] of Object.entries({ record: record !== undefined, tour, lan }))
      if (given) throw usageError(`--replay plays what was, so --${name} must not stand beside it`)
  return {
    port: wholeNumber('port', values.port, 1, 65_535),
    lan,
    record,
    replay,
    tour,
    seed: wholeNumber('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    color: !values['no-color'],
    help: values.help,
  }
}

// The options of `npm run anatomy`.
import { parseArgs } from 'node:util'
import { unknownWord } from '../../server/suggest.ts'
import { usageError } from '../cli/exit.ts'
import { number } from '../cli/values.ts'

export interface AnatomyOptions {
  readonly port: number
  readonly tls: boolean
  readonly record: boolean
  /** Where recordings go. */
  readonly out: string
  readonly color: boolean
  readonly help: boolean
}

export const anatomyHelp = `Usage: npm run anatomy -- [options]

Serves the page that shows what each transport sends, byte by byte, and captures it live from your browser.

Examples:
  npm run anatomy               prints the page's address; nobody but this machine can reach it
  npm run anatomy -- --tls      the same over https: what a tap sees of it is sizes
  npm run anatomy -- --record   makes the recordings that the page shows without a capture anew, with Chromium

Options:
  --port NUMBER   port to begin with, 1 to 65535; where it is taken, the next free one (8080)
  --tls           speak TLS, with a certificate made on the fly
  --record        capture every transport, one over TLS, and wrong handshakes; about 50 seconds
  --out FOLDER    where recordings go (client/anatomy/recordings)
  --no-color      no colour
  -h, --help      this text
`

const known = {
  port: { type: 'string' },
  tls: { type: 'boolean', default: false },
  record: { type: 'boolean', default: false },
  out: { type: 'string' },
  'no-color': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Parses the arguments behind the program's name. Throws ExitError 2. */
export function parseAnatomyOptions(argv: readonly string[]): AnatomyOptions {
  const { tokens } = parseArgs({ args: [...argv], options: known, strict: false, allowPositionals: true, tokens: true })
  for (const token of tokens)
    if (token.kind === 'positional')
      throw usageError(`the anatomy takes options only, got ${JSON.stringify(token.value)}`)
    else if (token.kind === 'option' && !Object.hasOwn(known, token.name))
      throw usageError(unknownWord('option', token.rawName, [...Object.keys(known).map(name => `--${name}`), '-h']))
  let values: ReturnType<typeof read>
  const read = () => parseArgs({ args: [...argv], options: known, strict: true }).values
  try {
    values = read()
  } catch (error) {
    throw usageError(`${(error as Error).message.split('. ')[0]}. See --help`)
  }
  const { record, tls, out } = values
  if (record && tls) throw usageError('--record captures TLS as well, so --tls must not stand beside it')
  if (out !== undefined && !record)
    throw usageError(`--out says where --record writes to, got ${JSON.stringify(out)} without it`)
  return {
    port: number('port', values.port, { min: 1, max: 65_535, whole: true }, 8080),
    tls,
    record,
    out: out ?? 'client/anatomy/recordings',
    color: !values['no-color'],
    help: values.help,
  }
}

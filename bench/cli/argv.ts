// The arguments of the command line: which options there are, what was typed, and refusals of what cannot be followed.
import { parseArgs } from 'node:util'
import { nearest, unknownWord, wordFor } from '../../server/suggest.ts'
import { usageError } from './exit.ts'

/** What may be named. */
export interface Known {
  readonly transports: readonly string[]
  readonly experiments: readonly string[]
  /** What people type for transports, → their names. */
  readonly shortNames?: Readonly<Record<string, string>>
}

/** Every option, by long name. */
export const options = {
  transports: { type: 'string', short: 't' },
  clients: { type: 'string', short: 'c' },
  rate: { type: 'string', short: 'r' },
  poll: { type: 'string' },
  wait: { type: 'string' },
  size: { type: 'string' },
  rounds: { type: 'string' },
  precision: { type: 'string' },
  budget: { type: 'string' },
  window: { type: 'string' },
  warmup: { type: 'string' },
  idle: { type: 'string' },
  cost: { type: 'string' },
  seed: { type: 'string' },
  rtt: { type: 'string' },
  jitter: { type: 'string' },
  bandwidth: { type: 'string' },
  tls: { type: 'boolean' },
  schedule: { type: 'string' },
  order: { type: 'string' },
  coalesce: { type: 'string' },
  express: { type: 'string' },
  writes: { type: 'string' },
  headers: { type: 'string' },
  slo: { type: 'string' },
  workers: { type: 'string' },
  servers: { type: 'string' },
  balancer: { type: 'string' },
  sticky: { type: 'string' },
  backplane: { type: 'string' },
  connections: { type: 'string' },
  minutes: { type: 'string' },
  preset: { type: 'string' },
  experiment: { type: 'string' },
  only: { type: 'string' },
  list: { type: 'boolean' },
  out: { type: 'string' },
  name: { type: 'string' },
  'fail-on': { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  'no-color': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const

export type OptionName = keyof typeof options

/** Options that are understood without their dashes, too, where nothing else is typed. */
const asWords: readonly string[] = ['help', 'list', 'version'] satisfies OptionName[]
/** What may be typed beside `compare A B`. */
const comparing: readonly OptionName[] = ['fail-on', 'out', 'json', 'quiet', 'no-color', 'help', 'version']
/** What may be typed beside `repeat RUN`. */
const repeating: readonly OptionName[] = [
  'only',
  'rounds',
  'out',
  'name',
  'json',
  'quiet',
  'no-color',
  'help',
  'version',
]
/** What is no part of how a run was measured. */
const unrecorded: readonly string[] = ['out', 'fail-on'] satisfies OptionName[]

/** What stands alone and takes runs. */
const commands: readonly string[] = ['compare', 'repeat']

const tokensOf = (argv: readonly string[]) =>
  parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens

/** The arguments that say how a run was measured. */
export function recorded(argv: readonly string[]): string[] {
  const left = new Set<number>()
  for (const token of tokensOf(argv))
    if (token.kind === 'option' && unrecorded.includes(token.name)) {
      left.add(token.index)
      if (!token.inlineValue) left.add(token.index + 1)
    }
  return argv.filter((_, index) => !left.has(index))
}

/** The options typed, by long name, and the positionals of `compare A B` or `repeat RUN`; refuses what parseArgs would take for granted or explain
 * in its own way. */
export function readArguments(
  argv: readonly string[],
  known: Known,
): { typed: Map<OptionName, string[]>; positionals: string[] } {
  const typed = new Map<OptionName, string[]>()
  const positionals: string[] = []
  for (const token of tokensOf(argv)) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      if (argv.length === 1 && asWords.includes(token.value)) {
        typed.set(token.value as OptionName, [''])
        continue
      }
      if (positionals.length === 0 && !commands.includes(token.value))
        throw usageError(...strayWord(token.value, known))
      positionals.push(token.value)
      continue
    }
    if (!Object.hasOwn(options, token.name)) throw usageError(...unknownOption(token.rawName))
    const name = token.name as OptionName
    if (options[name].type === 'boolean') {
      if (token.value !== undefined) throw usageError(`--${name} takes no value, got "${token.value}"`)
    } else if (token.value === undefined || (!token.inlineValue && /^--?[a-z]/i.test(token.value))) {
      throw usageError(
        `--${name} needs a value, got ${token.value === undefined ? 'nothing' : `the option "${token.value}"`}`,
      )
    }
    typed.set(name, [...(typed.get(name) ?? []), token.value ?? ''])
  }
  return { typed, positionals }
}

function strayWord(word: string, known: Known): [message: string, remedy: string] {
  const transport = wordFor(word, known.transports, known.shortNames)
  const experiment = wordFor(word, known.experiments)
  const command = nearest(word, [...commands, ...asWords])
  const meant = transport
    ? `-t ${transport}`
    : experiment
      ? `--experiment ${experiment}`
      : command === 'compare'
        ? 'compare A B'
        : command === 'repeat'
          ? 'repeat RUN'
          : command && `--${command}`
  return [
    `"${word}" stands alone: every word belongs to an option`,
    meant ? `did you mean: npm run bench -- ${meant}` : 'see: npm run bench -- --help',
  ]
}

/** The runs of `compare A B`, from what stands behind `compare`: nothing = the last two. Throws where they are not two, or where an option says how to measure. */
export function twoRuns(
  positionals: readonly string[],
  typed: ReadonlyMap<OptionName, unknown>,
): readonly [string, string] {
  const [before, now] = positionals.length === 0 ? ['previous', 'latest'] : positionals
  const remedy =
    'npm run bench -- compare A B, the earlier run first; each is an id, a name, latest, previous, a folder or a run.json'
  if (before === undefined || now === undefined || positionals.length > 2)
    throw usageError(`compare takes two runs, got ${positionals.map(word => `"${word}"`).join(' ') || 'none'}`, remedy)
  const foreign = [...typed.keys()].find(name => !comparing.includes(name))
  if (foreign) throw usageError(`--${foreign} says what to measure, and compare measures nothing`, remedy)
  return [before, now]
}

/** The run of `repeat RUN`. Throws where it is not one, or where an option says what to measure: the run does. */
export function repeatedRun(positionals: readonly string[], typed: ReadonlyMap<OptionName, unknown>): string {
  const [run, ...others] = positionals
  const remedy = 'npm run bench -- repeat RUN: an id, a name, latest, previous, a folder or a run.json'
  if (run === undefined || others.length > 0)
    throw usageError(`repeat takes one run, got ${positionals.map(word => `"${word}"`).join(' ') || 'none'}`, remedy)
  const foreign = [...typed.keys()].find(name => !repeating.includes(name))
  if (foreign) throw usageError(`--${foreign} says what to measure, and repeat takes that from the run`, remedy)
  return run
}

function unknownOption(rawName: string): [message: string, remedy: string] {
  const names = Object.keys(options).map(name => `--${name}`)
  return [unknownWord('option', rawName, names, false), 'see: npm run bench -- --help']
}

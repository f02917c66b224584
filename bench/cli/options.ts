// The command line of the bench: arguments → checked, typed options.
import { randomInt } from 'node:crypto'
import type { Run } from '../../results/format.ts'
import { limits } from '../../server/protocol.ts'
import { unknownWord, wordFor } from '../../server/suggest.ts'
import { fleetBackplaneNames } from '../fleet/backplanes.ts'
import { chooseFleet, type FleetChoice } from '../fleet/options.ts'
import { type Known, type OptionName, readArguments, recorded, repeatedRun, twoRuns } from './argv.ts'
import { usageError } from './exit.ts'
import { type Condition, parseCondition } from './fail-on.ts'
import { chooseRounds } from './precision.ts'
import { choice, durationMs, nonEmpty, number } from './values.ts'

/** The load of a run; every preset gives all of it, and options override it one by one. */
export interface Load {
  readonly clients: number
  /** λ. */
  readonly ratePerSecond: number
  /** T of short polling. */
  readonly pollIntervalMs: number
  /** τ of long polling. */
  readonly waitMs: number
  readonly bodyBytes: number
  /** Emulated round trip; 0 = loopback as it is. */
  readonly rttMs: number
  readonly jitterMs: number
  /** Of each subscriber's line and direction; undefined = no limit. */
  readonly bandwidthKBps: number | undefined
  readonly rounds: number
  readonly windowMs: number
  readonly warmupMs: number
  /** Length of the idle part; 0 = none. */
  readonly idleMs: number
  /** Window of the cost part; 0 = none. */
  readonly costMs: number
}

export type Preset = keyof typeof presets

export interface Options extends Load {
  /** What to do: `run`, `compare` two runs, `repeat` one, or print the help, the version or the list of transports and experiments. */
  readonly action: 'run' | 'compare' | 'repeat' | 'help' | 'version' | 'list'
  /** What to compare: the earlier and the later run, each an id, a folder or a file; undefined for every other action. */
  readonly runs: readonly [before: string, now: string] | undefined
  /** What to repeat, and which of its claims; undefined for every other action. */
  readonly repeats: { readonly run: string; readonly only: readonly string[] } | undefined
  /** The arguments as typed, kept with the run; without `--out` and `--fail-on`, which change no figure. */
  readonly argv: readonly string[]
  /** Long names of the options that were typed, so that an experiment can tell a wish from a default. */
  readonly given: readonly string[]
  readonly preset: Preset
  /** One, or several joined by commas. */
  readonly experiment: string
  readonly transports: readonly string[]
  /** Rounds go on until this is reached; undefined = a fixed number. */
  readonly precision: Run['precision']
  readonly seed: number
  readonly schedule: 'poisson' | 'periodic'
  readonly order: 'rotate' | 'fixed'
  readonly coalesce: boolean
  /** Who answers the stream's requests, and how open streams are written to: `npm start -- --help`. */
  readonly express: 'router' | 'app'
  readonly writes: 'prepared' | 'send'
  /** Subscribers connect by https and wss. */
  readonly tls: boolean
  readonly headerProfile: 'browser' | 'bare'
  /** In time = the p99 of the latency stays within this: what the experiment `capacity` holds its subscribers to. */
  readonly sloMs: number
  /** Processes of the server that share its port. */
  readonly workers: number
  /** Servers, what stands before them and what joins them; empty = one plain server. */
  readonly fleet: FleetChoice
  /** How long the experiment `soak` goes on. */
  readonly minutes: number
  /** Connections held at once: what the experiment `65k` wants. */
  readonly connections: number
  /** Folder that gets `<id>/`. */
  readonly out: string
  readonly name: string | undefined
  /** What ends the program with exit code 1. */
  readonly failOn: readonly Condition[]
  readonly json: boolean
  readonly quiet: boolean
  /** False after --no-color; the environment and the terminal have their say elsewhere. */
  readonly color: boolean
}

const everyday = {
  clients: 100,
  ratePerSecond: 10,
  pollIntervalMs: 1000,
  waitMs: limits.waitMs.default,
  bodyBytes: 100,
  rttMs: 0,
  jitterMs: 0,
  bandwidthKBps: undefined,
}

/** About 25 s, 3 minutes and 18 minutes for five transports. One scenario shape: only rounds and lengths differ. */
export const presets = {
  smoke: { ...everyday, rounds: 1, windowMs: 1500, warmupMs: 1000, idleMs: 0, costMs: 0 },
  default: { ...everyday, rounds: 4, windowMs: 2500, warmupMs: 1000, idleMs: 32_000, costMs: 3000 },
  full: { ...everyday, rounds: 10, windowMs: 13_000, warmupMs: 2000, idleMs: 62_000, costMs: 10_000 },
} as const satisfies Record<string, Load>

/** The options in `argv` (what follows `npm run bench --`). Throws a usage error (exit code 2) that names the option, the rule
 * and the value. `drawSeed` gives the seed where none is typed; it is recorded with the run. */
export function parseOptions(
  argv: readonly string[],
  known: Known,
  drawSeed: () => number = () => randomInt(2 ** 32),
): Options {
  const { typed, positionals } = readArguments(argv, known)
  const text = (name: OptionName): string | undefined => typed.get(name)?.at(-1)
  const has = (name: OptionName): boolean => typed.has(name)
  const oneOf = <T extends string>(name: OptionName, values: readonly T[], fallback: T): T =>
    choice(name, text(name), values, fallback)
  const whole = (name: OptionName, min: number, max: number, fallback: number) =>
    number(name, text(name), { min, max, whole: true }, fallback)
  const duration = (name: OptionName, minMs: number, maxMs: number, fallback: number) =>
    durationMs(name, text(name), minMs, maxMs, fallback)

  const [command, ...words] = positionals
  const action = has('help')
    ? 'help'
    : has('version')
      ? 'version'
      : command !== undefined
        ? (command as 'compare' | 'repeat')
        : has('list')
          ? 'list'
          : 'run'
  // Whoever asks for help beside a mistake gets the help.
  if (action === 'help' || action === 'version') typed.clear()
  const runs = action === 'compare' ? twoRuns(words, typed) : undefined
  const only = (typed.get('only') ?? []).flatMap(list => list.split(',')).filter(word => word.trim() !== '')
  const repeats = action === 'repeat' ? { run: repeatedRun(words, typed), only } : undefined
  if (typed.has('only') && !repeats)
    throw usageError('--only goes with repeat', 'npm run bench -- repeat RUN --only CLAIM')
  const failOn = (typed.get('fail-on') ?? []).map(text => parseCondition(text, known))
  const change = failOn.find(({ isChange }) => isChange)
  if (change && !runs)
    throw usageError(
      `--fail-on ${change.text} is about a change, and a single run has none`,
      `with two runs: npm run bench -- compare A B --fail-on '${change.text}'`,
    )
  const preset = oneOf('preset', Object.keys(presets) as Preset[], 'default')
  const base: Load = presets[preset]
  const experiment = wordList('experiment', [text('experiment') ?? 'delivery'], known.experiments).join(',')
  return {
    action,
    runs,
    repeats,
    argv: recorded(argv),
    given: [...typed.keys()],
    preset,
    experiment,
    transports: typed.has('transports')
      ? wordList('transport', typed.get('transports')!, known.transports, known.shortNames)
      : known.transports,
    clients: whole('clients', 1, 100_000, base.clients),
    ratePerSecond: number('rate', text('rate'), { min: 0.01, max: 100_000 }, base.ratePerSecond),
    pollIntervalMs: duration('poll', 10, 600_000, base.pollIntervalMs),
    waitMs: duration('wait', 100, limits.waitMs.max, base.waitMs),
    bodyBytes: whole('size', 64, limits.bodyBytes, base.bodyBytes),
    rttMs: duration('rtt', 0, 10_000, base.rttMs),
    jitterMs: duration('jitter', 0, 10_000, base.jitterMs),
    bandwidthKBps: has('bandwidth')
      ? number('bandwidth', text('bandwidth'), { min: 1, max: 1_000_000 }, 1)
      : base.bandwidthKBps,
    ...chooseRounds(
      { rounds: text('rounds'), precision: text('precision'), budget: text('budget') },
      base.rounds,
      experiment !== 'delivery',
    ),
    windowMs: duration('window', 100, 3_600_000, base.windowMs),
    warmupMs: duration('warmup', 0, 600_000, base.warmupMs),
    idleMs: duration('idle', 0, 3_600_000, base.idleMs),
    costMs: duration('cost', 0, 600_000, base.costMs),
    seed: has('seed') ? whole('seed', 0, 2 ** 32 - 1, 0) : drawSeed(),
    schedule: oneOf('schedule', ['poisson', 'periodic'], 'poisson'),
    order: oneOf('order', ['rotate', 'fixed'], 'rotate'),
    coalesce: oneOf('coalesce', ['on', 'off'], 'on') === 'on',
    express: oneOf('express', ['router', 'app'], 'router'),
    writes: oneOf('writes', ['prepared', 'send'], 'prepared'),
    tls: has('tls'),
    headerProfile: oneOf('headers', ['browser', 'bare'], 'browser'),
    sloMs: duration('slo', 20, 60_000, 100),
    workers: whole('workers', 1, 64, 1),
    fleet: chooseFleet({
      servers: has('servers') ? whole('servers', 1, 16, 1) : undefined,
      balancer: has('balancer') ? oneOf('balancer', ['haproxy', 'none'] as const, 'none') : undefined,
      sticky: has('sticky') ? oneOf('sticky', ['cookie', 'off'] as const, 'off') : undefined,
      backplane: has('backplane') ? oneOf('backplane', fleetBackplaneNames, 'memory') : undefined,
      isEmulated: ['rtt', 'jitter', 'bandwidth'].some(name => has(name as OptionName)),
    }),
    minutes: number('minutes', text('minutes'), { min: 0.1, max: 10_000 }, 10),
    connections: whole('connections', 1, 1_000_000, 70_000),
    out: nonEmpty('out', text('out')) ?? 'results',
    name: nonEmpty('name', text('name'), 200),
    failOn,
    json: has('json'),
    quiet: has('quiet'),
    color: !has('no-color'),
  }
}

/** Known names from lists of them, each once. */
function wordList(
  what: string,
  typed: readonly string[],
  known: readonly string[],
  shortNames?: Known['shortNames'],
): string[] {
  const names = typed
    .flatMap(list => list.split(','))
    .map(word => word.trim())
    .filter(word => word !== '')
  if (names.length === 0)
    throw usageError(
      `--${what === 'transport' ? 'transports' : what} must name at least one of ${known.join(', ')}, got "${typed.join(' ')}"`,
    )
  const found = names.map(name => {
    const word = wordFor(name, known, shortNames)
    if (word === undefined) throw usageError(unknownWord(what, name, known), 'see: npm run bench -- --list')
    return word
  })
  return [...new Set(found)]
}

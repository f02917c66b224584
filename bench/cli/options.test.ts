import { describe, expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import { editDistance, nearest, wordFor } from '../../server/suggest.ts'
import { options } from './argv.ts'
import { describeError, isExitError } from './exit.ts'
import { helpText, listText } from './help.ts'
import { parseOptions, presets } from './options.ts'

const transports = Object.keys(clientTransports)
const known = { transports, experiments: ['delivery', 'overload'], shortNames: { sh: transports[0]! } }
const parse = (...argv: string[]) => parseOptions(argv, known, () => 7)
const [first, second] = transports as [string, string]

/** The sentence and the code that `argv` is refused with. */
function refusal(...argv: string[]): { code: number; text: string } {
  try {
    parse(...argv)
  } catch (error) {
    if (isExitError(error)) return { code: error.exitCode, text: describeError(error) }
    throw error
  }
  throw new Error(`was accepted: ${argv.join(' ')}`)
}

describe('options', () => {
  test('without words are the default preset over every transport', () => {
    expect(parse()).toEqual({
      ...presets.default,
      action: 'run',
      runs: undefined,
      repeats: undefined,
      failOn: [],
      argv: [],
      given: [],
      preset: 'default',
      experiment: 'delivery',
      transports,
      seed: 7,
      schedule: 'poisson',
      order: 'rotate',
      coalesce: true,
      express: 'router',
      writes: 'prepared',
      tls: false,
      headerProfile: 'browser',
      sloMs: 100,
      minutes: 10,
      workers: 1,
      connections: 70_000,
      fleet: {},
      out: 'results',
      name: undefined,
      json: false,
      quiet: false,
      color: true,
    })
    expect(presets.default).toMatchObject({
      clients: 100,
      ratePerSecond: 10,
      bodyBytes: 100,
      pollIntervalMs: 1000,
      waitMs: 25_000,
    })
    expect(presets.default).toMatchObject({ windowMs: 2500, warmupMs: 1000, rounds: 4, idleMs: 32_000, costMs: 3000 })
  })

  test('every option is understood', () => {
    const all = parse(
      ...[
        '-t',
        `${second},${first}`,
        '-c',
        '5',
        '-r',
        '0.5',
        '--poll',
        '2s',
        '--wait=500ms',
        '--size',
        '1000',
        '--rounds',
        '2',
      ],
      ...[
        '--window',
        '1.5s',
        '--warmup',
        '0',
        '--seed',
        '42',
        '--schedule',
        'periodic',
        '--order',
        'fixed',
        '--coalesce',
        'off',
      ],
      ...[
        '--headers',
        'bare',
        '--experiment',
        'overload',
        '--out',
        'there',
        '--name',
        'my run',
        '--json',
        '-q',
        '--no-color',
        '--idle',
        '0',
        '--tls',
      ],
      ...['--workers', '3', '--connections', '250000'],
    )
    expect(all).toMatchObject({
      transports: [second, first],
      clients: 5,
      ratePerSecond: 0.5,
      pollIntervalMs: 2000,
      waitMs: 500,
    })
    expect(all).toMatchObject({
      bodyBytes: 1000,
      rounds: 2,
      windowMs: 1500,
      warmupMs: 0,
      seed: 42,
      schedule: 'periodic',
    })
    expect(all).toMatchObject({
      order: 'fixed',
      coalesce: false,
      headerProfile: 'bare',
      experiment: 'overload',
      out: 'there',
    })
    expect(all).toMatchObject({ name: 'my run', json: true, quiet: true, color: false, idleMs: 0, tls: true })
    expect(all).toMatchObject({ workers: 3, connections: 250_000 })
    expect(all.given).toContain('poll')
    expect(all.given).not.toContain('preset')
  })

  test('several experiments may be asked for, each once', () => {
    expect(parse('--experiment', 'overload, delivery,overload').experiment).toBe('overload,delivery')
  })

  test('typed options win over the preset, wherever they stand', () => {
    expect(parse('--rounds', '3', '--preset', 'smoke')).toMatchObject({ ...presets.smoke, rounds: 3, preset: 'smoke' })
    expect(presets.smoke).toMatchObject({ rounds: 1, idleMs: 0 })
  })

  test('a transport may be named by repeating the option, and counts once', () => {
    expect(parse('-t', first, '-t', `${second}, ${first}`).transports).toEqual([first, second])
  })

  test('a transport may be named in any case and by what is short for it, also in a condition', () => {
    expect(parse('-t', `${first.toUpperCase()},${second}`).transports).toEqual([first, second])
    expect(parse('-t', 'SH').transports).toEqual([first])
    expect(parse('--fail-on', 'sh.p99Ms>1').failOn[0]!.transport).toBe(first)
    expect(parse('--experiment', 'Delivery').experiment).toBe('delivery')
  })

  test('help, version and list do without dashes where nothing else is typed', () => {
    for (const word of ['help', 'version', 'list']) expect(parse(word).action).toBe(word)
    expect(refusal('list', '--preset', 'smoke').text).toMatch(/did you mean: npm run bench -- --list$/m)
    expect(refusal('hlep').text).toMatch(/did you mean: npm run bench -- --help$/m)
  })

  test('help, version and list are actions; help wins over mistakes in values', () => {
    expect(parse('-h', '--clients', 'many').action).toBe('help')
    expect(parse('--version').action).toBe('version')
    expect(parse('--list').action).toBe('list')
  })

  test('the words are kept as typed, but for the folder of the results', () => {
    expect(parse('-c', '5', '--out', 'there', '--json').argv).toEqual(['-c', '5', '--json'])
    expect(parse('-c5', '--out=there').argv).toEqual(['-c5'])
  })

  test('repeat takes a run, its claims by name, and what is about neither load nor course', () => {
    const { action, repeats, given } = parse('repeat', 'latest', '--only', 'rtt,rate', '--rounds', '2')
    expect({ action, repeats }).toEqual({ action: 'repeat', repeats: { run: 'latest', only: ['rtt', 'rate'] } })
    expect(given).toContain('rounds')
  })

  test('compare takes two runs, and what is about neither load nor course', () => {
    const percent = `${first}.p99Ms > 10 %`
    expect(parse('compare', 'a', 'b', '--json', '--out=there', '--fail-on', percent)).toMatchObject({
      action: 'compare',
      runs: ['a', 'b'],
      json: true,
      out: 'there',
      failOn: [
        { text: `${first}.p99Ms>10%`, transport: first, statistic: 'p99Ms', operator: '>', limit: 10, isChange: true },
      ],
    })
    expect(parse('compare', '-h').action).toBe('help')
    expect(parse('compare').runs).toEqual(['previous', 'latest'])
  })

  test('conditions may be many, and are no part of how a run was measured', () => {
    const { failOn, argv } = parse('--fail-on', `${first}.p99Ms>=20`, '-c', '5', `--fail-on=${second}.emptyShare<-0.5`)
    expect(failOn.map(({ text, operator, limit, isChange }) => [text, operator, limit, isChange])).toEqual([
      [`${first}.p99Ms>=20`, '>=', 20, false],
      [`${second}.emptyShare<-0.5`, '<', -0.5, false],
    ])
    expect(argv).toEqual(['-c', '5'])
  })

  test('the seed is drawn anew where none is typed', () => {
    const seeds = new Set(Array.from({ length: 5 }, () => parseOptions([], known).seed))
    expect(seeds.size).toBeGreaterThan(1)
  })
})

describe('a bad option ends with code 2 and one sentence', () => {
  test.each([
    [['--clients', 'many'], '--clients must be a whole number from 1 to 100000, got "many"'],
    [['--clients', '1.5'], '--clients must be a whole number from 1 to 100000, got "1.5"'],
    [['-c', '0'], '--clients must be a whole number from 1 to 100000, got "0"'],
    [['-c', '-3'], '--clients must be a whole number from 1 to 100000, got "-3"'],
    [['-c', '0x10'], '--clients must be a whole number from 1 to 100000, got "0x10"'],
    [['--rate', '0'], '--rate must be a number from 0.01 to 100000, got "0"'],
    [['--rate', 'NaN'], '--rate must be a number from 0.01 to 100000, got "NaN"'],
    [['--window', '3h'], '--window must be from 100 to 3600000 ms, such as 1500, 500ms or 3s, got "3h"'],
    [['--wait', '2m'], '--wait must be from 100 to 60000 ms, such as 1500, 500ms or 3s, got "2m"'],
    [['--size', '70000'], '--size must be a whole number from 64 to 65536, got "70000"'],
    [['--rounds', ''], '--rounds must be a whole number from 1 to 1000, got ""'],
    [['--seed', '4294967296'], '--seed must be a whole number from 0 to 4294967295, got "4294967296"'],
    [['--schedule', 'often'], '--schedule must be poisson or periodic, got "often"'],
    [['--coalesce', 'yes'], '--coalesce must be on or off, got "yes"'],
    [['--preset', 'huge'], '--preset must be smoke or default or full, got "huge"'],
    [['--json=yes'], '--json takes no value, got "yes"'],
    [['--out'], '--out needs a value, got nothing'],
    [['--out', '--json'], '--out needs a value, got the option "--json"'],
    [['--name', ' '], '--name must not be empty nor longer than 200 characters, got " "'],
    [['--clinets', '5'], 'unknown option "--clinets": did you mean "--clients"?\nsee: npm run bench -- --help'],
    [['--loss'], 'unknown option "--loss"\nsee: npm run bench -- --help'],
    [['-z'], 'unknown option "-z"\nsee: npm run bench -- --help'],
    [['--experiment', ','], '--experiment must name at least one of delivery, overload, got ","'],
    [
      ['--experiment', 'overload,delivry'],
      'unknown experiment "delivry": did you mean "delivery"?\nsee: npm run bench -- --list',
    ],
    [
      ['--experiment', 'delivry'],
      'unknown experiment "delivry": did you mean "delivery"?\nsee: npm run bench -- --list',
    ],
    [['-t', ','], `--transports must name at least one of ${transports.join(', ')}, got ","`],
    [
      ['delivery'],
      '"delivery" stands alone: every word belongs to an option\ndid you mean: npm run bench -- --experiment delivery',
    ],
    [
      ['compair', 'a', 'b'],
      '"compair" stands alone: every word belongs to an option\ndid you mean: npm run bench -- compare A B',
    ],
    [['fast'], '"fast" stands alone: every word belongs to an option\nsee: npm run bench -- --help'],
  ])('%j', (argv, text) => {
    expect(refusal(...argv)).toEqual({ code: 2, text })
  })

  test.each([
    [['repeat'], 'repeat takes one run, got none'],
    [['repeat', 'a', 'b'], 'repeat takes one run, got "a" "b"'],
    [['repeat', 'a', '-c', '5'], '--clients says what to measure, and repeat takes that from the run'],
    [['--only', 'rtt'], '--only goes with repeat'],
    [['compare', 'a'], 'compare takes two runs, got "a"'],
    [['compare', 'a', 'b', 'c'], 'compare takes two runs, got "a" "b" "c"'],
    [['compare', 'a', 'b', '-c', '5'], '--clients says what to measure, and compare measures nothing'],
    [['--fail-on', `${first}.p99Ms`], `--fail-on must be TRANSPORT.STATISTIC, one of > >= < <=, and a number, such as`],
    [['--fail-on', `${first}.p99Ms>1e3`], `got "${first}.p99Ms>1e3"`],
    [
      ['--fail-on', `${first}x.p99Ms>1`],
      `--fail-on ${first}x.p99Ms>1: unknown transport "${first}x": did you mean "${first}"?`,
    ],
    [['--fail-on', `${first}.p99ms>1`], `--fail-on ${first}.p99ms>1: unknown statistic "p99ms": did you mean "p99Ms"?`],
    [['--fail-on', `${first}.p99Ms>1%`], `--fail-on ${first}.p99Ms>1% is about a change, and a single run has none`],
  ])('%j, with what to type next', (argv, text) => {
    const { code, text: refused } = refusal(...argv)
    expect(code).toBe(2)
    expect(refused).toContain(text)
    expect(refused).toMatch(/\n(npm run bench|see: npm|with two runs: npm|put it in quotes)/)
  })

  test('a mistyped transport is told the nearest, a foreign one the list', () => {
    const mistyped = first.slice(0, -2) + first.at(-1)
    expect(refusal('-t', mistyped).text).toContain(`unknown transport "${mistyped}": did you mean "${first}"?`)
    expect(refusal('-t', 'carrier-pigeon').text).toContain(`must be one of ${transports.join(', ')}`)
  })
})

describe('help', () => {
  test('begins with examples, names every option, and its examples parse', () => {
    const help = helpText(known)
    expect(help.indexOf('Examples')).toBeLessThan(help.indexOf('--clients'))
    for (const [name, option] of Object.entries(options)) {
      expect(help).toContain(`--${name}`)
      if ('short' in option) expect(help).toMatch(new RegExp(`^ {2}-${option.short}, --${name}`, 'm'))
    }
    const examples = [...help.matchAll(/^ {2}npm run (?:-s )?bench --(.*?)(?: {3,}.*| > .*)?$/gm)].map(match =>
      match[1]!.trim(),
    )
    expect(examples.length).toBeGreaterThanOrEqual(4)
    for (const example of examples)
      expect(
        parse(
          ...example
            .replace(/"(\w+) (\w+)"/, '$1_$2')
            .replaceAll("'", '')
            .split(' '),
        ).action,
      ).toBe(/^(compare|repeat)\b/.exec(example)?.[0] ?? 'run')
    expect(help.split('\n').filter(line => line.length > 120)).toEqual([])
  })

  test('the list has every transport on its own line, and under each heading its experiments with duration, question and needs', () => {
    const experiments = [
      { name: 'delivery', group: 'first', question: 'How late?', needs: undefined, durationMs: 165_000 },
      { name: 'overload', group: 'second', question: 'How much is too much?', needs: 'patience', durationMs: 40_400 },
    ]
    const lines = listText(
      { transports, experiments: [], shortNames: { q: first } },
      { first: 'to begin', second: 'later' },
      experiments,
    )
    expect(lines.split('\n').slice(0, -2)).toEqual([
      'transports (-t A,B)',
      ...transports.map(name => (name === first ? `  ${name}, q` : `  ${name}`)),
      '',
      'to begin',
      '  delivery   2.8 min  How late?',
      '',
      'later',
      '  overload      40 s  How much is too much? (needs patience)',
    ])
  })
})

describe('a word', () => {
  const names = ['short-polling', 'long-polling', 'socket-io', 'socket-bus']
  test.each([
    ['Socket.IO', 'socket-io'],
    ['LONG_POLLING', 'long-polling'],
    ['longpolling', 'long-polling'],
    ['short', 'short-polling'],
    ['sio', 'socket-io'],
    ['socket', undefined],
    ['shor', undefined],
    ['polling', undefined],
    ['', undefined],
    ['-', undefined],
  ])('%j stands for %j', (typed, name) => {
    expect(wordFor(typed, names, { sio: 'socket-io' })).toBe(name)
  })
})

describe('the nearest word', () => {
  test('counts a swap of neighbours as one edit', () => {
    expect(editDistance('pol', 'poll')).toBe(1)
    expect(editDistance('plol', 'poll')).toBe(1)
    expect(editDistance('', 'abc')).toBe(3)
  })

  test('is found by a beginning or a part only where that is unique', () => {
    expect(nearest('soc', ['web-socket', 'polling'])).toBe('web-socket')
    expect(nearest('polling', ['fast-polling', 'slow-polling'])).toBeUndefined()
  })

  test('is none for a word of one letter', () => {
    expect(nearest('x', ['xylophone', 'y'])).toBeUndefined()
    for (const typed of ['-x', '--p', '-']) expect(nearest(typed, ['--port', '-h'])).toBeUndefined()
  })
})

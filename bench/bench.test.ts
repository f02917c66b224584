// The bench as its users meet it: the real program, short runs, what it prints, writes and exits with.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { clientTransports } from '../client/transports/index.ts'
import { parseRun, type Run } from '../results/format.ts'

// What runs beside it keeps the cores busy, and cells are measured again.
vi.setConfig({ testTimeout: 60_000 })

const program = fileURLToPath(new URL('../dist/bench/main.js', import.meta.url))
const transports = Object.keys(clientTransports)

const cleanups: (() => Promise<unknown> | unknown)[] = []
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-bench-test-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

interface Started {
  readonly pid: number
  readonly out: string
  readonly signal: (signal: NodeJS.Signals) => void
  /** Settles once stderr has had `pattern`. */
  readonly said: (pattern: RegExp) => Promise<void>
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string; run: Run | undefined }>
}

/** The smallest run that is still one: a few subscribers, a short window. */
const small = [
  '-c',
  '5',
  '-r',
  '40',
  '--poll',
  '100ms',
  '--window',
  '300ms',
  '--warmup',
  '100ms',
  '--idle',
  '0',
  '--cost',
  '0',
  '--seed',
  '7',
]

async function start(args: readonly string[]): Promise<Started> {
  const out = await freshFolder()
  const child = spawn(process.execPath, [program, ...args, '--out', out], { env: { ...process.env, NO_COLOR: '1' } })
  cleanups.push(() => child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  const waiting = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
    for (const check of waiting) check()
  })
  const ended = once(child, 'close').then(async ([code]) => {
    const [id] = await readdir(out)
    const text = id && (await readFile(join(out, id, 'run.json'), 'utf8'))
    return { code: code as number | null, stdout, stderr, run: text ? parseRun(JSON.parse(text)) : undefined }
  })
  return {
    pid: child.pid!,
    out,
    signal: signal => child.kill(signal),
    said: pattern =>
      new Promise(resolve => {
        const check = (): void => {
          if (!pattern.test(stderr)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    ended,
  }
}

/** Processes started by `pid` that are alive now. */
const childrenOf = (pid: number): { pid: number; args: string }[] => {
  try {
    return execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(line => ({ pid: Number(line.trim().split(' ')[0]), args: line }))
  } catch {
    return []
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a run of every transport', () => {
  let out: string
  let code: number | null
  let stdout: string
  let run: Run | undefined
  beforeAll(async () => {
    const started = await start([...small, '--rounds', '2', '--idle', '1500ms'])
    out = started.out
    ;({ code, stdout, run } = await started.ended)
  }, 180_000)
  const isIdle = ({ scenario }: Run['cells'][number]): boolean =>
    run!.scenarios.find(({ id }) => id === scenario)!.kind === 'idle'

  it('measures each, accounts for every notice, and writes what it prints', async () => {
    expect(run!.status).toBe('complete')
    // A busy machine voids cells: that is told, and then the code is 1.
    const errors = run!.warnings.filter(({ severity }) => severity === 'error').map(({ code }) => code)
    expect(errors.filter(code => !['void', 'busy-machine', 'late-publisher'].includes(code))).toEqual([])
    expect(errors.includes('void') || errors.includes('busy-machine')).toBe(
      run!.cells.some(({ status }) => status === 'void'),
    )
    expect(code).toBe(errors.length > 0 ? 1 : 0)
    for (const transport of transports) {
      const cells = run!.cells.filter(cell => cell.transport === transport && !isIdle(cell))
      expect(cells.map(cell => cell.round)).toEqual([0, 1])
      for (const cell of cells) {
        expect(cell.expected).toBe(cell.published * 5)
        expect([cell.lost, cell.duplicated, cell.outOfOrder]).toEqual([0, 0, 0])
        expect(cell.delivered).toBe(cell.expected)
        expect(cell.delivery!.count).toBe(cell.expected)
        // Where the counters were read late, the window's notices may be before them; the cell is void then.
        if (!cell.reasons.some(reason => reason.startsWith('late reading')))
          expect(cell.bytesOut).toBeGreaterThan(cell.noticesWritten * 100)
        expect(cell.latency!.meanUs!).toBeGreaterThanOrEqual(cell.delivery!.meanUs!)
      }
      expect(stdout).toContain(transport)
    }
    // The same schedule for all, so that rounds can be paired; another one for each round.
    const delivery = run!.cells.filter(cell => !isIdle(cell))
    const published = delivery.filter(cell => cell.round === 0).map(cell => cell.published)
    expect(new Set(published).size).toBe(1)
    // Rotated: nobody is always first.
    expect(delivery.find(cell => cell.round === 0 && cell.order === 0)!.transport).not.toBe(
      delivery.find(cell => cell.round === 1 && cell.order === 0)!.transport,
    )
    expect(await readdir(join(out, run!.id))).toEqual(expect.arrayContaining(['run.json', 'summary.md', 'summary.csv']))
  })

  it('measures what subscribers cost while nothing is published', () => {
    const idle = run!.cells.filter(cell => isIdle(cell) && cell.round === 0)
    expect(idle.map(cell => cell.transport)).toEqual(transports)
    // Socket.IO also still has the connections of its first polls.
    for (const { transport, timeline } of idle)
      if (transport === 'socket-io') expect(timeline[0]![1]).toBeGreaterThanOrEqual(5)
      else expect(timeline[0]![1], transport!).toBe(5)
    // Five pollers, every 100 ms.
    expect(Math.max(...idle.map(cell => cell.requests))).toBeGreaterThan(20)
  })
})

describe('a run', () => {
  it('prints one JSON document and nothing else with --json; ends with 1 where a condition trips, says so, and keeps it with the run', async () => {
    const name = transports.at(-1)!
    const gates = ['--fail-on', `${name}.medianMs>0`, '--fail-on', `${name}.medianMs>60000`]
    const { ended } = await start([
      ...small,
      ...gates,
      '--rounds',
      '1',
      '-t',
      name,
      '--json',
      '--name',
      'a <b>name</b>',
    ])
    const { code, stdout, stderr, run } = await ended
    expect(code).toBe(1)
    const tripped = run!.warnings.filter(warning => warning.code === 'fail-on').map(({ message }) => message)
    // On a busy machine the one round may be void: then there is no figure, and both trip.
    const isUsable = run!.summary.some(({ rounds }) => rounds > 0)
    expect(tripped).toEqual([
      expect.stringContaining(`--fail-on ${name}.medianMs>0 tripped: `),
      ...(isUsable ? [] : [expect.stringContaining(`--fail-on ${name}.medianMs>60000 tripped: n/a`)]),
    ])
    expect(stderr).toContain(`${tripped[0]}\n`)
    expect(parseRun(JSON.parse(stdout))).toEqual(run)
    expect(run!.name).toBe('a <b>name</b>')
    expect(run!.command).not.toContain('--fail-on')
  })

  it.concurrent('keeps whole rounds on Ctrl-C, and leaves no process behind', async () => {
    const { ended, pid, said, signal } = await start([...small, '--rounds', '50', '-t', transports.slice(-1).join()])
    await said(/round 2/i)
    const children = childrenOf(pid)
    expect(children.length).toBeGreaterThan(0)
    signal('SIGINT')
    const { code, run } = await ended
    expect(code).toBe(130)
    expect(run!.status).toBe('partial')
    expect(run!.roundsDone).toBeGreaterThanOrEqual(1)
    expect(run!.cells.length).toBe(run!.roundsDone)
    expect(children.filter(child => isAlive(child.pid))).toEqual([])
  })

  it.concurrent('that goes on until it is precise begins no round that its budget does not hold, the first four aside', async () => {
    const names = transports.slice(-2)
    const { ended } = await start([...small, '--precision', '0.1%', '--budget', '1s', '-t', names.join()])
    const { stdout, stderr, run } = await ended
    expect(stderr).toContain('2 transports × rounds until ±0.1 %, at most')
    expect(run).toMatchObject({
      status: 'complete',
      roundsDone: 4,
      roundsPlanned: 4,
      precision: { share: 0.001, leastRounds: 4, mostRounds: 1000, budgetMs: 1000 },
    })
    expect(run!.cells.length).toBe(4 * names.length)
    expect(stdout).toMatch(/^(Not as precise as ±0\.100 %|No ratio of medians is known)/m)
  }, 180_000)

  it.concurrent('that is stopped in its first round keeps nothing, and says so', async () => {
    const { ended, out, said, signal } = await start([...small, '--window', '20s', '-t', transports.slice(-1).join()])
    await said(/keep this machine quiet/)
    while ((await readdir(out)).length === 0) await new Promise(resolve => setTimeout(resolve, 20))
    signal('SIGINT')
    const { code, stderr } = await ended
    expect(code).toBe(130)
    expect(await readdir(out)).toEqual([])
    expect(stderr).toContain(`no round was finished, so that nothing is kept in ${out}`)
    expect(stderr).not.toContain('written')
  })

  it.concurrent('keeps the finished rounds and exits 4 where the server dies', async () => {
    const { ended, pid, said } = await start([...small, '--rounds', '50', '-t', transports.slice(-1).join()])
    await said(/round 2/i)
    let isOver = false
    void ended.then(() => (isOver = true))
    // One that dies before it is up is started again, twice.
    while (!isOver) {
      const server = childrenOf(pid).find(({ args }) => args.includes('server/main'))
      if (server && isAlive(server.pid)) process.kill(server.pid, 'SIGKILL')
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    const { code, stderr, run } = await ended
    expect(code).toBe(4)
    expect(stderr).toMatch(/the server died \(SIGKILL\)/)
    expect(run!.status).toBe('failed')
    expect(run!.cells.length).toBe(run!.roundsDone)
  })
})

describe('words it cannot follow', () => {
  // Which words are understood, and each sentence: options.test.ts.
  it.concurrent.each([
    [['--clients', 'many'], '--clients must be a whole number from 1 to 100000, got "many"'],
    [['-t', 'websockets'], 'did you mean'],
    [['--experiment', 'deliver'], 'did you mean'],
    [['--tls', '--experiment', 'rtt'], '"rtt" brings scenarios of its own'],
    [['--tls', 'yes'], '"yes" stands alone'],
    [['--fail-on', `${transports[0]}.p99>20`], 'did you mean "p99Ms"?'],
    [['--preset', 'smoke', '--fail-on', `${transports[0]}.idleBytesPerMinute>20`], 'no scenario here measures'],
  ])('%j end with exit code 2 and a sentence', async (args, words) => {
    const { ended } = await start(args)
    const { code, stdout, stderr } = await ended
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(words)
  })

  it.concurrent('that ask for more than this machine has end with exit code 3 and a remedy', async () => {
    const { ended } = await start(['-c', '100000', '--preset', 'smoke'])
    const { code, stderr } = await ended
    expect(code).toBe(3)
    expect(stderr).toMatch(/100000 clients need .*; .*\n.*npm run bench -- -c \d+/)
  })
})

// The harness proves itself: what a transport loses, repeats, disorders or delays is counted, told first, and put down to the transport.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseRun } from '../../results/format.ts'
import { mergeDistributions } from '../histogram.ts'
import { compiled, measureFaulty, runOf, swapping } from './cell.fixture.ts'

const errorsOf = (run: { warnings: readonly { severity: string; code: string }[] }): string[] =>
  run.warnings.filter(({ severity }) => severity === 'error').map(({ code }) => code)

it('a middlebox without a fault leaves nothing to be caught', async () => {
  const cell = await measureFaulty({ transport: 'short-polling', fault: 'none' })
  expect([cell.lost, cell.duplicated, cell.outOfOrder, cell.gaps]).toEqual([0, 0, 0, 0])
  expect(cell.delivered).toBe(cell.expected)
  expect(cell.reasons.filter(reason => /clock|phase|log/.test(reason))).toEqual([])
  expect(errorsOf(runOf(cell)).filter(code => /lost|duplicated|outOfOrder|gaps/.test(code))).toEqual([])
})

describe('one notice that one subscriber', () => {
  it.each(['short-polling', 'long-polling', 'sse', 'websocket'])(
    'does not get over %s is lost, infinitely late, and told first',
    async transport => {
      const cell = await measureFaulty({ transport, fault: 'drop' })
      expect([cell.lost, cell.expected - cell.delivered, cell.duplicated, cell.outOfOrder]).toEqual([1, 1, 0, 0])
      for (const times of [cell.delivery, cell.latency]) {
        expect([times!.count, times!.infinite]).toEqual([cell.expected - 1, 1])
        // The one is beyond every other, so the quantile it falls on has no value.
        expect(mergeDistributions([times]).quantile(1)).toBeNull()
        expect(mergeDistributions([times]).quantile(1 - 1.5 / cell.expected)).not.toBeNull()
      }
      // The log has let go of nothing: the hole is not the harness's.
      expect(cell.reasons.filter(reason => reason.includes('log'))).toEqual([])
      const run = runOf(cell)
      expect(errorsOf(run)).toContain('lost')
      expect(run.verdict).toMatch(new RegExp(`^${transport} lost 0\\.\\d+ % of its notices\\.`))
    },
  )

  it.each(['long-polling', 'sse'])('gets twice over %s is counted as repeated', async transport => {
    const cell = await measureFaulty({ transport, fault: 'duplicate' })
    expect([cell.lost, cell.duplicated]).toEqual([0, 1])
    expect(cell.delivery!.count).toBe(cell.expected)
    const run = runOf(cell)
    expect(errorsOf(run)).toContain('duplicated')
    expect(run.verdict).toMatch(new RegExp(`^${transport} repeated 0\\.\\d+ % of its notices\\.`))
  })

  // Our clients never hand over what lies behind them: to a subscriber, a notice after its successor is lost, then dropped as known.
  it.each(['short-polling', 'websocket'])('gets after its successor over %s is lost, and repeated', async transport => {
    const cell = await measureFaulty({ transport, fault: 'reorder' })
    expect([cell.lost, cell.duplicated, cell.gaps]).toEqual([1, 1, 1])
    expect(errorsOf(runOf(cell))).toEqual(expect.arrayContaining(['lost', 'duplicated']))
  })
})

it('a log too small for its pollers is the harness’s own fault and voids the cell', async () => {
  const cell = await measureFaulty({
    transport: 'short-polling',
    fault: 'small-log',
    scenario: { pollIntervalMs: 400 },
  })
  expect(cell.status).toBe('void')
  expect(cell.reasons).toContainEqual(expect.stringMatching(/subscribers were told of \d+ gaps: the log was too small/))
})

it('a transport that is 80 ms late is so in delivery, and nowhere else', async () => {
  const cell = await measureFaulty({ transport: 'websocket', fault: 'late' })
  expect(cell.lost).toBe(0)
  // A timer of whole ms may come one early.
  expect(cell.delivery!.minUs!).toBeGreaterThan(79_000)
  expect(cell.delivery!.p50Us!).toBeGreaterThanOrEqual(80_000)
  expect(cell.hop!.p50Us!).toBeLessThan(40_000)
  expect(cell.publisherLag!.p50Us!).toBeLessThan(40_000)
  expect(cell.latency!.meanUs! - cell.delivery!.meanUs!).toBeCloseTo(cell.hop!.meanUs!, 3)
})

it('a whole run over a lossy transport ends with exit code 1 and a verdict that says so first', async () => {
  const out = await mkdtemp(join(tmpdir(), 'lab-faults-'))
  try {
    const args =
      '-t websocket -c 5 -r 100 --poll 100ms --warmup 200ms --window 1200ms --idle 0 --cost 0 --rounds 1 --seed 7 --json'
    const bench = spawn(process.execPath, [fileURLToPath(compiled('main.js')), ...args.split(' '), '--out', out], {
      env: { ...process.env, ...swapping('/dist/server/main.js', 'server.fixture.js'), LAB_FAULT: 'drop' },
    })
    onTestFinished(() => void bench.kill('SIGKILL'))
    let stdout = ''
    bench.stdout.setEncoding('utf8').on('data', text => (stdout += text))
    bench.stderr.resume()
    expect(await once(bench, 'close')).toEqual([1, null])
    const run = parseRun(JSON.parse(stdout))
    // On a busy machine it is measured again, and loses one in each attempt.
    expect(run.summary[0]).toMatchObject({ transport: 'websocket', lost: 1 + (run.attempts?.length ?? 0) })
    expect(errorsOf(run)).toContain('lost')
    expect(run.verdict).toMatch(/^websocket lost 0\.\d+ % of its notices\./)
    const [id] = await readdir(out)
    expect(parseRun(JSON.parse(await readFile(join(out, id!, 'run.json'), 'utf8')))).toEqual(run)
  } finally {
    await rm(out, { recursive: true, force: true })
  }
  // What runs beside it keeps the cores busy, and its cell is measured again.
}, 60_000)

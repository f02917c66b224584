// The harness proves itself: a cell that others or a failed start spoilt is measured again in its place, and nothing of it is hidden.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { isMissing } from '../../results/estimate.ts'
import { parseRun, type Run } from '../../results/format.ts'
import { comparisonOf } from '../../results/tables.ts'
import { compiled, swapping } from './cell.fixture.ts'

const small =
  '-t websocket -c 5 -r 40 --poll 100ms --window 500ms --warmup 100ms --idle 0 --cost 0 --seed 7 --rounds 1 --json'

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-attempts-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A program that keeps a core busy and has nothing to do with the bench. */
function startHog(): ChildProcess {
  const hog = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  onTestFinished(() => void hog.kill('SIGKILL'))
  return hog
}

/** Whether a cell names the hog. Where others keep this machine busy as well, they may be greedier. */
const isNamed = (hog: ChildProcess, { others }: Cell): boolean => {
  const pids = others!.processes!.map(({ pid }) => pid)
  return pids.includes(hog.pid!) || pids.length > 1
}

/** Three attempts, each with all its processes, on a machine that is kept busy. */
const TIMEOUT_MS = 120_000

/** Runs the bench; `onStderr` gets all it has said so far. */
async function bench(
  env: Readonly<Record<string, string>> = {},
  onStderr: (text: string) => void = () => {},
): Promise<{ code: number | null; run: Run; stderr: string; kept: readonly string[] }> {
  const out = await freshFolder()
  const words = [fileURLToPath(compiled('main.js')), ...small.split(' '), '--out', out]
  const child = spawn(process.execPath, words, { env: { ...process.env, ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
    onStderr(stderr)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, run: parseRun(JSON.parse(stdout)), stderr, kept: await readdir(out) }
}

const failing = (starts: string, times: number): Record<string, string> => ({
  ...swapping('/dist/server/main.js', 'server.fixture.js'),
  LAB_FAULT: 'start',
  LAB_STARTS: starts,
  LAB_FAILING: String(times),
})

it.skipIf(process.platform !== 'linux')(
  'a machine that stays busy voids a cell three times over, and is named once, with who kept it so',
  async () => {
    const hog = startHog()
    const { code, run, stderr } = await bench()
    expect(code).toBe(1)
    expect(run.attempts).toHaveLength(2)
    expect(run.cells).toHaveLength(1)
    for (const cell of [...run.attempts!, ...run.cells]) {
      expect(cell).toMatchObject({ transport: 'websocket', round: 0, order: 0, status: 'void' })
      expect(cell.reasons.at(-1)).toMatch(/^busy machine: other programs had \d+ % of its cores, the bound is 10 %$/)
      expect(isNamed(hog, cell)).toBe(true)
      // Never its own: what it is measured by, and with.
      for (const { pid } of cell.others!.processes!) expect(pid).not.toBe(process.pid)
    }
    const busy = run.warnings.filter(({ message }) => message.includes('busy'))
    expect(busy).toEqual([expect.objectContaining({ code: 'busy-machine', severity: 'error' })])
    const [worst] = run.cells[0]!.others!.processes!
    expect(busy[0]!.message).toContain(`${worst!.name} (pid ${worst!.pid})`)
    expect(stderr.match(/measured again: busy machine/g)).toHaveLength(2)

    const [row] = run.summary
    expect(row).toMatchObject({ rounds: 0, voided: 1, repeated: 2 })
    // What it came to is there to be seen; it is no figure.
    const { medianMs } = row!.statistics
    expect(medianMs).toMatchObject({ missing: expect.stringMatching(/^void: .*busy machine/) })
    if (run.cells[0]!.delivery?.p50Us && isMissing(medianMs!))
      expect(medianMs.void).toBeCloseTo(run.cells[0]!.delivery.p50Us / 1000)
    expect(comparisonOf(run, 'delivery').notes).toContainEqual(
      expect.stringMatching(/^attempts that were repeated and do not count \(busy machine\): websocket 2$/),
    )
  },
  TIMEOUT_MS,
)

it.skipIf(process.platform !== 'linux')(
  'once whoever was busy is done, the cell counts as any other',
  { timeout: TIMEOUT_MS },
  async () => {
    const hog = startHog()
    const { run } = await bench({}, stderr => {
      if (stderr.includes('measured again')) hog.kill('SIGKILL')
    })
    expect(run.attempts!.length).toBeGreaterThanOrEqual(1)
    expect(isNamed(hog, run.attempts![0]!)).toBe(true)
    // One cell for its place, whatever else runs on this machine now.
    expect(run.cells.map(({ transport, round, order }) => [transport, round, order])).toEqual([['websocket', 0, 0]])
    expect((run.cells[0]!.others!.processes ?? []).map(({ pid }) => pid)).not.toContain(hog.pid)
  },
)

it('a server that does not start is started again, and what it was is kept', { timeout: TIMEOUT_MS }, async () => {
  const { run, stderr } = await bench(failing(join(await freshFolder(), 'starts'), 2))
  expect(run.status).toBe('complete')
  const failed = run.attempts!.filter(({ status }) => status === 'failed')
  expect(failed).toHaveLength(2)
  for (const { reasons } of failed) expect(reasons).toEqual([expect.stringMatching(/^failed start: .*made up/s)])
  expect(run.cells).toMatchObject([{ transport: 'websocket', round: 0, delivered: run.cells[0]!.expected }])
  expect(run.warnings.filter(({ code }) => code === 'failed-start')).toEqual([
    expect.objectContaining({ severity: 'note', message: expect.stringContaining('2 attempts') }),
  ])
  expect(stderr.match(/measured again: failed start/g)).toHaveLength(2)
})

it('a server that never starts ends the run after three attempts, and no run is kept', {
  timeout: TIMEOUT_MS,
}, async () => {
  const starts = join(await freshFolder(), 'starts')
  const { code, run, stderr, kept } = await bench(failing(starts, 9))
  expect(await readFile(starts, 'utf8')).toBe('...')
  expect(code).toBe(4)
  expect(run).toMatchObject({ status: 'failed', roundsDone: 0 })
  expect(kept).toEqual([])
  expect(stderr).toMatch(/^no round was finished, so that nothing is kept in /m)
  expect(stderr).toContain('made up not to start')
})

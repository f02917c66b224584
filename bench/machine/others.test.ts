import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'
import { othersBetween, type ProcessReading, readProcesses, sharesBetween } from './others.ts'

/** A process to be measured for: it does nothing. */
const idle = 'setTimeout(() => {}, 60_000)'
/** One that works for ever, and one that does for a while, in CPU time of its own. */
const busy = 'for (;;);'
const busyFor = (ms: number) => `while (process.cpuUsage().user < ${ms * 1000});`

function start(command: string, ...args: string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}
const node = (code: string) => start(process.execPath, '-e', code)
const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

test('the greediest are named, by their program, and those that hardly matter are not', () => {
  const reading = (atMs: number, own: readonly number[]): ProcessReading => ({
    atMs,
    processes: new Map(
      own.map((ticks, at) => [900_000_000 + at, { parent: 0, started: '5', name: `p${at}`, own: ticks, ended: 0 }]),
    ),
  })
  const { share, processes } = othersBetween(reading(0, [5, 5, 5, 5]), reading(1000, [5, 35, 6, 15]), 1)
  expect(share * cpus().length).toBeCloseTo(0.41)
  expect(processes).toEqual([
    { name: 'p1', pid: 900_000_001, share: expect.closeTo(0.3 / cpus().length) },
    { name: 'p3', pid: 900_000_003, share: expect.closeTo(0.1 / cpus().length) },
  ])
})

describe.skipIf(process.platform !== 'linux')('the others', () => {
  test('are those that worked, by name, and not who they are measured for nor its children', async () => {
    const root = node(idle)
    const hog = node(busy)
    const before = readProcesses()!
    await wait(400)
    const after = readProcesses()!
    const seen = sharesBetween(before, after, root.pid!)
    expect(seen.get(hog.pid!)).toBeGreaterThan(0)
    expect(seen.has(root.pid!)).toBe(false)
    expect(sharesBetween(before, after, hog.pid!).has(hog.pid!)).toBe(false)
    // The hog is a child of this process.
    expect(sharesBetween(before, after, process.pid).has(hog.pid!)).toBe(false)
  })

  test('answer for children that came and went, with what these took meanwhile and no more', async () => {
    const root = node(idle)
    // One that has worked before the first reading and ends after it, and one that only works after it.
    const shell = start(
      'sh',
      '-c',
      `"$0" -e '${busyFor(600)} console.log(1); setTimeout(() => {}, 500)'; "$0" -e '${busyFor(300)}'; echo 2; sleep 60`,
      process.execPath,
    )
    await once(shell.stdout!, 'data')
    const before = readProcesses()!
    await once(shell.stdout!, 'data')
    const after = readProcesses()!
    const share = sharesBetween(before, after, root.pid!).get(shell.pid!)!
    const tookMs = share * (after.atMs - before.atMs) * cpus().length
    expect(tookMs).toBeGreaterThan(250)
    // With what the first one had done before, it would be 900 at least.
    expect(tookMs).toBeLessThan(850)
  })

  test('are not those that what is measured left behind', async () => {
    const before = readProcesses()!
    const part = start('sh', '-c', `"$0" -e '${busy}' & echo $!; exec "$0" -e '${idle}'`, process.execPath)
    const orphan = Number(await once(part.stdout!, 'data'))
    onTestFinished(() => void process.kill(orphan, 'SIGKILL'))
    const during = readProcesses()!
    part.kill('SIGKILL')
    await once(part, 'exit')
    await wait(300)
    const after = readProcesses()!
    expect(after.processes.get(orphan)!.parent).not.toBe(part.pid)
    for (const earlier of [before, during]) expect(sharesBetween(earlier, after, process.pid).has(orphan)).toBe(false)
  })
})

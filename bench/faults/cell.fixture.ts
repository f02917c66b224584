// What the fault tests share: one small real cell by the compiled harness, with a fault in one of its processes.
import { execFileSync } from 'node:child_process'
import type { Cell } from '../../results/cell.ts'
import type { Run } from '../../results/format.ts'
import { sampleRun } from '../../results/sample-run.fixture.ts'
import type { Scenario } from '../../results/scenario.ts'
import { summarise } from '../../results/summary.ts'
import { verdictOf } from '../../results/verdict.ts'
import { pointsOverRounds } from '../histogram.ts'
import type { CellOrder } from '../kinds/delivery.ts'
import type { PublisherCalls } from '../load/publisher.ts'
import type { Child } from '../machine/child.ts'
import { readProfile } from '../profiles/profile.ts'
import { warningsOf } from '../report/warnings.ts'
import { scenarioOf } from '../scenarios.ts'

/** A compiled file of the bench. */
export const compiled = (path: string): URL => new URL(`../../dist/bench/${path}`, import.meta.url)

/** A fixture as a program: it is in no build but the tests'. */
const fixture = (file: string): URL => new URL(`../../dist-fixtures/bench/faults/${file}`, import.meta.url)

const harness = async () => {
  const [cell, child] = await Promise.all(
    ['kinds/delivery.js', 'machine/child.js'].map(file => import(compiled(file).href)),
  )
  return { ...(cell as typeof import('../kinds/delivery.ts')), ...(child as typeof import('../machine/child.ts')) }
}

/** Some 120 notices in the window, which begins before place 150 of the schedule (run-in 120, warm-up 20). */
export const small = scenarioOf({
  clients: 5,
  ratePerSecond: 100,
  stratified: true,
  pollIntervalMs: 100,
  warmupMs: 200,
  windowMs: 1200,
})

export interface Faulty {
  readonly transport: string
  readonly scenario?: Partial<Scenario>
  /** What server.fixture does; absent = our own server. */
  readonly fault?: string
  /** Of every process of the cell. */
  readonly env?: Readonly<Record<string, string>>
  /** Runs once, half a second into the window. */
  readonly inWindow?: (publisher: Child<PublisherCalls>) => Promise<void>
}

/** Measures one cell. */
export async function measureFaulty({ transport, scenario, fault, env = {}, inWindow }: Faulty): Promise<Cell> {
  const { measureCell, startChild } = await harness()
  const added = { ...env, ...(fault !== undefined && { LAB_FAULT: fault }) }
  Object.assign(process.env, added)
  const publisher = startChild<PublisherCalls>(compiled('load/publisher.js'))
  let happening: Promise<void> | undefined
  const order: CellOrder = {
    scenario: { ...small, ...scenario },
    transport,
    round: 0,
    order: 0,
    seed: 7,
    headers: await readProfile('bare'),
    publisher,
    signal: new AbortController().signal,
    ...(fault !== undefined && { contestant: fixture('server.fixture.js') }),
    onLive() {
      happening ??= inWindow?.(publisher)
    },
  }
  try {
    const cell = await measureCell(order)
    await happening
    return cell
  } finally {
    for (const name of Object.keys(added)) delete process.env[name]
    await publisher.end('SIGKILL')
  }
}

/** Stops a process for `ms`. */
export async function stopFor(pid: number, ms: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await new Promise(resolve => setTimeout(resolve, ms))
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // Gone in the meantime.
  }
}

/** The process of a compiled file that this one has started. */
export function processOf(file: string): number {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' }).split(
    '\n',
  )
  const line = lines.find(each => each.includes(file))
  if (!line) throw new Error(`no process of ${file} was started`)
  return Number(line.trim().split(' ')[0])
}

/** Environment that preloads a compiled fixture into every Node process. */
export const preloading = (file: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=${fixture(file).href}`,
})

/** Environment under which modules whose URL ends in `end` are taken from a fixture. */
export const swapping = (end: string, file: string): Record<string, string> => ({
  ...preloading('swap.fixture.js'),
  LAB_SWAP: JSON.stringify({ [end]: fixture(file).href }),
})

/** A run of this one cell, with all that is said of it. */
export function runOf(cell: Cell): Run {
  const measured = { scenarios: [small], transports: [cell.transport!], cells: [cell] }
  const run = { ...sampleRun({ transports: [] }), ...measured, roundsPlanned: 1, roundsDone: 1 }
  const told = { ...run, summary: summarise(measured, pointsOverRounds), warnings: warningsOf(run) }
  return { ...told, verdict: verdictOf(told) }
}

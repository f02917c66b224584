// The fuzzer as a program: what is typed, what is printed, and the exit code.
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeError, type ExitCode, exitCodes, isExitError } from '../cli/exit.ts'
import type { Conversation } from './conversation.ts'
import type { Samples } from './files.ts'
import { fuzzHelp, parseFuzzOptions } from './options.ts'
import type { FuzzOutcome } from './run.ts'

/** Characters of what went wrong that are shown. */
const SHOWN = 20_000

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Small files of the kinds that are read back. */
async function readSamples(): Promise<Samples> {
  const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
  const run = JSON.parse(await read('results/samples/delivery/run.json')) as Record<string, unknown>
  for (const [key, value] of Object.entries(run)) if (Array.isArray(value)) run[key] = value.slice(0, 2)
  const lines = (await read('client/demo/recordings/class.ndjson')).split('\n').filter(line => line !== '')
  // One of each kind.
  const kinds = new Map(lines.map(line => [/"kind":"\w+"/.exec(line)![0], line]))
  return { run, recording: [lines[0]!, ...kinds.values()] }
}

async function main(argv: readonly string[]): Promise<ExitCode> {
  const options = parseFuzzOptions(argv)
  if (options.help) {
    process.stdout.write(fuzzHelp)
    return exitCodes.ok
  }
  if (options.replay !== undefined) return replay(options.replay)
  say(`fuzzing for ${options.minutes} min from seed ${options.seed} …`)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())
  const { fuzz } = await import('./run.ts')
  const outcome = await fuzz({ ...options, samples: await readSamples(), signal: stop.signal, say })
  print(outcome)
  const { wrong } = outcome
  if (!wrong) return stop.signal.aborted ? exitCodes.stopped : exitCodes.ok
  say(`\nwrong: ${wrong.why}`)
  if (wrong.conversations.length > 0) {
    say(wrong.isSequence ? 'held one after the other:' : 'held side by side:')
    say(JSON.stringify(wrong.conversations, null, 1).slice(0, SHOWN))
    const file = join(tmpdir(), `transport-lab-fuzz-${options.seed}.json`)
    const { conversations } = wrong
    await writeFile(file, JSON.stringify(wrong.isSequence ? conversations.map(one => [one]) : [conversations]))
    say(`the whole of it: npm run fuzz -- --replay ${file}`)
  }
  say(`again: npm run fuzz -- --seed ${options.seed}${wrong.path === undefined ? '' : ` --path ${wrong.path}`}`)
  return exitCodes.unusable
}

/** Holds what is in a file again, batch by batch with one server. */
async function replay(file: string): Promise<ExitCode> {
  const batches = JSON.parse(await readFile(file, 'utf8')) as Conversation[][]
  const { createJudge } = await import('./judge.ts')
  const judge = await createJudge()
  try {
    for (const [at, batch] of batches.entries()) {
      await judge.judge(batch)
      const { worstMs, loopP99Ms } = await judge.delays()
      const kinds = [...new Set(batch.map(({ kind }) => kind))].join(', ')
      say(
        `${String(at).padStart(4)}  slowest answer ${worstMs.toFixed(0)} ms, loop delay p99 ${loopP99Ms.toFixed(0)} ms  ${kinds}`,
      )
    }
    return exitCodes.ok
  } catch (error) {
    say(`wrong: ${(error as Error).message}`)
    return exitCodes.unusable
  } finally {
    await judge.end()
  }
}

const inMb = (bytes: number): string => (bytes / 1e6).toFixed(0)

function print({ counts, ms, worstMs, loopP99Ms, memory }: FuzzOutcome): void {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [name, count] of [...rows, ['all inputs', all] as const])
    say(`  ${name.padEnd(22)} ${count.toLocaleString('en').padStart(10)}`)
  const perSecond = all / (ms / 1000)
  say(`${perSecond.toFixed(0)} a second; a million takes ${(1e6 / perSecond / 60).toFixed(1)} minutes`)
  if (!memory) return
  const [fourth, last] = memory
  say(
    `slowest answer ${worstMs.toFixed(0)} ms, loop delay p99 ${loopP99Ms.toFixed(0)} ms; from a fourth of the time to the end: ` +
      `resident ${inMb(fourth.rssBytes)} → ${inMb(last.rssBytes)} MB, heap ${inMb(fourth.heapBytes)} → ${inMb(last.heapBytes)} MB`,
  )
}

main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(describeError(error))
    process.exitCode = isExitError(error) ? error.exitCode : exitCodes.unusable
  },
)

// The bench as a program: arguments → plan → run → results/<id>/. Speaks first, loads the heavy parts afterwards.
import { join } from 'node:path'
import { type ClientEntry, clientTransports } from '../client/transports/index.ts'
import type { Run, Warning } from '../results/format.ts'
import { describeError, type ExitCode, exitCodes, isExitError, usageError } from './cli/exit.ts'
import { requireJudgeable } from './cli/fail-on.ts'
import { helpText, listText, minutesText } from './cli/help.ts'
import { type Options, parseOptions } from './cli/options.ts'
import { version } from './cli/version.ts'
import { type ClaimTest, durationMs, groups, type Plan } from './experiments/experiment.ts'
import { experimentOf, experiments } from './experiments/index.ts'
import { pin } from './machine/cores.ts'

/** A short name: the capitals of how people call it. */
const known = {
  transports: Object.keys(clientTransports),
  experiments: Object.keys(experiments),
  shortNames: Object.fromEntries(
    Object.entries(clientTransports as Record<string, ClientEntry>).flatMap(([name, { label }]) => {
      const capitals = label.replace(/[^A-Z]/g, '').toLowerCase()
      return capitals.length > 1 && capitals !== name ? [[capitals, name]] : []
    }),
  ),
}

/** Runs the bench as `argv` says; gives the exit code. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(argv, known)
  if (options.action === 'help') return print(helpText(known))
  if (options.action === 'list') return print(`${list(options)}\n`)
  if (options.action === 'version') return print(`${await version()}\n`)
  if (options.runs) return (await import('./report/compare.ts')).compare(options.runs, options)
  return options.repeats ? repeat(options, options.repeats) : measureExperiment(options)
}

const list = (options: Options): string =>
  listText(
    known,
    groups,
    Object.entries(experiments).map(([name, { question, group, needs, plan }]) => ({
      name,
      question,
      group,
      needs,
      durationMs: durationMs(plan(options)),
    })),
  )

function print(text: string): ExitCode {
  process.stdout.write(text)
  return exitCodes.ok
}

function measureExperiment(options: Options): Promise<ExitCode> {
  const experiment = experimentOf(options.experiment)
  const plan = withDeciding(experiment.plan(options), options)
  requireJudgeable(options.failOn, plan)
  requireOwnLoad(options, plan)
  return measure(options, { plan, claims: experiment.claims ?? [] })
}

/** Measures the loads of a run, and prints what became of its claims. */
async function repeat(options: Options, { run, only }: NonNullable<Options['repeats']>): Promise<ExitCode> {
  const [{ readRun }, { planOfRun, repeatText }] = await Promise.all([
    import('./report/compare.ts'),
    import('./repeat.ts'),
  ])
  const before = await readRun(run, options.out)
  const rounds = options.given.includes('rounds') ? options.rounds : undefined
  const planned = planOfRun(before, experimentOf(before.experiment).claims ?? [], { only, rounds })
  const as = { ...options, experiment: before.experiment, seed: before.seed, transports: planned.plan.transports }
  return measure(as, { ...planned, told: now => ['repeat.md', repeatText(before, now)] })
}

interface Measuring {
  readonly plan: Plan
  readonly claims: readonly ClaimTest[]
  /** What else is to be said of the run: kept with it under this name, and printed. */
  readonly told?: (run: Run) => readonly [file: string, text: string]
}

async function measure(options: Options, { plan: wanted, claims, told }: Measuring): Promise<ExitCode> {
  if (!options.quiet)
    process.stderr.write(
      `${options.experiment}: ${wanted.transports.length} ${wanted.transports.length === 1 ? 'transport' : 'transports'} × ${roundsText(wanted)} ${minutesText(durationMs(wanted))}; keep this machine quiet\n`,
    )

  const [
    { runPlan },
    { fitPlan },
    { readMachine },
    provenance,
    { createProgress },
    { openRunFolder },
    { printRun },
    { failedGates },
  ] = await Promise.all([
    import('./engine.ts'),
    import('./fit-plan.ts'),
    import('./machine/preflight.ts'),
    import('./machine/provenance.ts'),
    import('./report/progress.ts'),
    import('./report/files.ts'),
    import('./report/print.ts'),
    import('./cli/gates.ts'),
  ])
  const { plan, leftOut } = fitPlan(wanted, await readMachine())
  for (const reason of leftOut) process.stderr.write(`${reason}\n`)

  const progress = createProgress(options, plan)
  const abort = new AbortController()
  const stop = (): void => {
    if (abort.signal.aborted) process.exit(exitCodes.stopped)
    progress.note('stopping; whole rounds are kept (again to stop at once)')
    abort.abort(new Error('stopped'))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)

  const id = provenance.runId(new Date(), options.experiment)
  const folder = await openRunFolder(options.out, id)
  /** Why the files of the run are not those of its last state. What is measured can still be printed. */
  let unwritten: unknown
  const write = (run: Run): Promise<void> =>
    folder.write(run).then(
      () => {
        unwritten = undefined
      },
      (failure: unknown) => {
        if (unwritten === undefined) progress.note(`${(failure as Error).message}; measuring goes on`)
        unwritten = failure
      },
    )
  const { run: measured, error } = await runPlan({
    id,
    options,
    plan,
    fingerprint: { ...(await provenance.fingerprint()), isPinned: await pin(process.pid, 'load') },
    progress,
    claims,
    signal: abort.signal,
    keep: (name, text) =>
      folder.keep(name, text).catch((failure: Error) => progress.note(`${name} is not kept: ${failure.message}`)),
    onRound: run => (run.roundsDone > 0 ? write(run) : Promise.resolve()),
  })
  // Half a run is no matter for a gate; its own exit code says that it is none.
  const failed = error === undefined ? failedGates(options.failOn, measured) : []
  const run = { ...measured, warnings: [...measured.warnings, ...failed.map(warningOf)] }
  const isKept = run.roundsDone > 0
  await (isKept ? write(run) : folder.discard())
  const files = isKept && unwritten === undefined ? [...folder.files, ...(await pictures(run, options))] : []
  printRun(options.json ? run : measured, files, options)
  const [file, text] = told && isKept ? told(measured) : []
  if (file !== undefined && text !== undefined) {
    await folder
      .keep(file, text)
      .catch((failure: Error) => process.stderr.write(`${file} is not kept: ${failure.message}\n`))
    if (!options.json) process.stdout.write(`\n${text}`)
  }
  if (!isKept) process.stderr.write(`no round was finished, so that nothing is kept in ${options.out}\n`)
  if (unwritten !== undefined) process.stderr.write(`${describeError(unwritten)}\n`)
  for (const sentence of failed) process.stderr.write(`${sentence}\n`)
  if (error !== undefined && !abort.signal.aborted) process.stderr.write(`${describeError(error)}\n`)
  if (abort.signal.aborted) return exitCodes.stopped
  if (isExitError(error)) return error.exitCode
  if (isExitError(unwritten)) return unwritten.exitCode
  const isUnusable = run.warnings.some(({ severity }) => severity === 'error')
  return isUnusable || failed.length > 0 ? exitCodes.unusable : exitCodes.ok
}

/** `5 rounds, about`; `rounds until ±6.00 %, at most`. */
const roundsText = ({ rounds, precision }: Plan): string =>
  precision?.share === undefined
    ? precision
      ? `${rounds} rounds and more until its claims are decided, ${minutesText(precision.budgetMs!)} a claim at most; the first ones`
      : `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, about`
    : `rounds until ±${+(precision.share * 100).toPrecision(3)} %, at most`

/** The plan of an experiment whose rounds go on until its claims are decided, where that is what was asked for. */
function withDeciding(plan: Plan, { precision }: Options): Plan {
  return precision && precision.share === undefined ? { ...plan, precision } : plan
}

/** Refuses --tls, precisions and fleets where an experiment does not take its load from the options: its claims are about the scenarios it brings. */
function requireOwnLoad({ tls, fleet, experiment, precision }: Options, { scenarios, ...plan }: Plan): void {
  if (precision?.share !== undefined && !plan.precision)
    throw usageError(
      `--precision is about the load of the experiment delivery, and "${experiment}" has rounds of its own`,
      'npm run bench -- --precision 6%, or rounds until its claims are decided: --budget 10m',
    )
  if (Object.keys(fleet).length > 0 && !scenarios.every(({ servers }) => servers === fleet.servers))
    throw usageError(
      `--servers, --balancer, --sticky and --backplane are about the load of the experiment delivery, and "${experiment}" brings scenarios of its own`,
      'npm run bench -- --servers 3, or what a fleet costs: npm run bench -- --experiment fleet',
    )
  if (!tls || scenarios.every(scenario => scenario.tls)) return
  throw usageError(
    `--tls is about the load of the experiment delivery, and "${experiment}" brings scenarios of its own`,
    'npm run bench -- --tls, or what TLS costs: npm run bench -- --experiment tls',
  )
}

/** What tripped, as the run's document keeps it. Its figures are as good as before, so it is no error of the data. */
const warningOf = (message: string): Warning => ({ code: 'fail-on', severity: 'warning', message })

/** The report and the charts of a run; gives their paths. What cannot be drawn or written is said and left out: the run is whole without it. */
async function pictures(run: Run, { out, quiet }: Options): Promise<string[]> {
  const folder = join(out, run.id)
  const made: string[] = []
  const make = async (path: string, how: () => Promise<string | undefined>): Promise<void> => {
    try {
      const shown = await how()
      if (shown !== undefined) made.push(shown)
    } catch (failure) {
      process.stderr.write(`${path} was not made: ${(failure as Error).message}\n`)
    }
  }
  const report = join(folder, 'report.html')
  await make(report, async () => {
    const { writeReport } = await import('./report/report-html.ts')
    await writeReport(run, report)
    return report
  })
  const charts = join(folder, 'charts')
  await make(charts, async () => {
    const { writePngs } = await import('./report/png.ts')
    const { files, skipped } = await writePngs(run, charts)
    if (skipped && !quiet) process.stderr.write(`${skipped}\n`)
    return files.length > 0 ? `${charts} (${files.length} PNGs)` : undefined
  })
  return made
}

// Whoever reads what is printed may go away (`| head`): what is measured is in the files.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`${describeError(error)}\n`)
    process.exitCode = isExitError(error) ? error.exitCode : 1
  },
)

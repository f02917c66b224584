// The anatomy as a program: a server behind a tap, for a page that shows what passes. Speaks first, loads the heavy parts afterwards.
import { resolve } from 'node:path'
import { type AnatomyOptions, anatomyHelp, parseAnatomyOptions } from './anatomy/options.ts'
import { describeError, type ExitCode, exitCodes, isExitError } from './cli/exit.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function main(argv: readonly string[]): Promise<ExitCode> {
  const options = parseAnatomyOptions(argv)
  if (options.help) {
    process.stdout.write(anatomyHelp)
    return exitCodes.ok
  }
  say(options.record ? 'recording …' : 'starting the anatomy …')
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal))
  // It goes on where nobody reads what is printed any more.
  process.stdout.on('error', () => {})
  return options.record ? record(options, stop.signal) : live(options, stop.signal)
}

async function live({ port, tls, color }: AnatomyOptions, signal: AbortSignal): Promise<ExitCode> {
  // What a page publishes through the tap would have to carry it.
  delete process.env.LAB_PUBLISH_TOKEN
  const [{ startAnatomy }, { startFrom }, { anatomyPaths }, { inkOf, isColorAllowed }] = await Promise.all([
    import('./anatomy/engine.ts'),
    import('./demo/addresses.ts'),
    import('../server/anatomy/wire.ts'),
    import('./cli/terminal.ts'),
  ])
  const engine = await startFrom(port, '127.0.0.1', free => startAnatomy({ port: free, tls }))
  try {
    if (engine.port !== port) say(`port ${port} is taken, using ${engine.port}`)
    const { bold } = inkOf(isColorAllowed({ color, isTTY: process.stdout.isTTY, env: process.env }))
    say(`
anatomy  ${bold(engine.origin + anatomyPaths.page)}
${tls ? '\nThe certificate was made just now, and your browser will say so.' : ''}
What this page sends and gets goes through a tap, which keeps it while the page captures. Cookies,
credentials and addresses are taken out before the page gets it; nothing is written to disk.
Ctrl-C ends it.`)
    await Promise.race([stopped(signal), engine.died])
    return exitCodes.ok
  } finally {
    await engine.end()
  }
}

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

async function record({ port, out }: AnatomyOptions, signal: AbortSignal): Promise<ExitCode> {
  delete process.env.LAB_PUBLISH_TOKEN
  const { record } = await import('./anatomy/record.ts')
  try {
    await record({ port, out: resolve(out), signal, onFile: (path, bytes) => say(`${path}  ${bytes} bytes`) })
  } catch (error) {
    if (signal.aborted) return exitCodes.stopped
    throw error
  }
  return exitCodes.ok
}

main(process.argv.slice(2)).then(
  code => process.exit(code),
  error => {
    process.stderr.write(`${describeError(error)}\n`)
    process.exit(isExitError(error) ? error.exitCode : 1)
  },
)

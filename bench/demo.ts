// The live demo as a program: starts everything, prints where to look, and ends in order. Speaks first, loads the heavy parts afterwards.
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { describeError, type ExitCode, exitCodes, isExitError } from './cli/exit.ts'
import { type DemoOptions, demoHelp, parseDemoOptions } from './demo/options.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const sayPort = (wanted: number, got: number): void => {
  if (got !== wanted) say(`port ${wanted} is taken, using ${got}`)
}

async function main(argv: readonly string[]): Promise<ExitCode> {
  const options = parseDemoOptions(argv)
  if (options.help) {
    process.stdout.write(demoHelp)
    return exitCodes.ok
  }
  say(options.replay === undefined ? 'starting the demo …' : 'starting the replay …')
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal))
  // A class goes on where nobody reads what is printed any more (`npm run demo | head`).
  process.stdout.on('error', () => {})
  return options.replay === undefined ? live(options, stop.signal) : replay(options.replay, options, stop.signal)
}

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

async function live(options: DemoOptions, signal: AbortSignal): Promise<ExitCode> {
  const [
    { startEngine },
    { lanAddresses, startFrom },
    { followLog, openRecorder },
    { tour, tourMs },
    { inkOf, isColorAllowed },
  ] = await Promise.all([
    import('./demo/engine.ts'),
    import('./demo/addresses.ts'),
    import('./demo/recorder.ts'),
    import('./demo/tour.ts'),
    import('./cli/terminal.ts'),
  ])
  const host = options.lan ? '0.0.0.0' : '127.0.0.1'
  // What is published comes over the control socket; whoever is on the network cannot.
  process.env.LAB_PUBLISH_TOKEN ||= randomBytes(16).toString('base64url')
  const addresses = options.lan ? lanAddresses() : []
  let isRecording = true
  const onBreak = (reason: string): void => {
    if (isRecording) say(`nothing more is recorded: ${reason}`)
    isRecording = false
  }
  const recorder = options.record === undefined ? undefined : await openRecorder(resolve(options.record), onBreak)
  const engine = await startFrom(options.port, host, port =>
    startEngine({
      host,
      port,
      origins: own => addresses.map(address => `http://${address}:${own}`),
      seed: options.seed,
    }),
  )
  try {
    sayPort(options.port, engine.port)
    if (recorder) await followLog(engine.port, recorder.take, onBreak)
    const { bold } = inkOf(isColorAllowed({ color: options.color, isTTY: process.stdout.isTTY, env: process.env }))
    const base = `http://127.0.0.1:${engine.port}/demo`
    const [joinUrl, ...others] = engine.joinUrls
    if (joinUrl !== undefined) {
      const { renderUnicodeCompact } = await import('uqr')
      say(`\n${renderUnicodeCompact(joinUrl, { border: 2 })}`)
    }
    const phones =
      joinUrl !== undefined
        ? `${bold(joinUrl)}  code ${bold(engine.code)}${others.map(url => `\n         or ${url}`).join('')}`
        : options.lan
          ? 'none: this machine has no network address'
          : `none: they cannot reach this machine. ${bold('npm run demo -- --lan')} lets the room join`
    say(`
teacher  ${bold(`${base}/teach#token=${engine.token}`)}
stage    ${bold(`${base}/stage`)}  for the projector
phones   ${phones}

The delays between the drawn clients and the server are simulated; their sockets, and phones, are real.
Ctrl-C ends it.`)
    if (options.tour) say(`The seven scenes go by themselves, in ${Math.round(tourMs / 1000)} s.`)
    const ends = [stopped(signal), engine.died]
    await Promise.race([...ends, engine.over, ...(options.tour ? [tour(engine, signal)] : [])])
    if (!signal.aborted && !options.tour) {
      say('the session was ended by its teacher; Ctrl-C ends the demo')
      await Promise.race(ends)
    }
    return exitCodes.ok
  } finally {
    isRecording = false
    await engine.end()
    await recorder?.end()
    if (recorder) say(`recorded ${options.record}`)
  }
}

async function replay(file: string, options: DemoOptions, signal: AbortSignal): Promise<ExitCode> {
  const [{ checkRecording }, { startFrom }, { startServerProcess }] = await Promise.all([
    import('./demo/recorder.ts'),
    import('./demo/addresses.ts'),
    import('./machine/server-process.ts'),
  ])
  await checkRecording(resolve(file))
  const server = await startFrom(options.port, '127.0.0.1', port =>
    startServerProcess(['--port', String(port), '--demo-recording', resolve(file)]),
  )
  try {
    sayPort(options.port, Number(new URL(server.url).port))
    say(`\nstage    ${server.url}/demo/stage  plays ${file}\nteacher  ${server.url}/demo/teach\nCtrl-C ends it.`)
    await Promise.race([stopped(signal), server.died])
    return exitCodes.ok
  } finally {
    await server.end()
  }
}

main(process.argv.slice(2)).then(
  code => process.exit(code),
  error => {
    process.stderr.write(`${describeError(error)}\n`)
    process.exit(isExitError(error) ? error.exitCode : 1)
  },
)

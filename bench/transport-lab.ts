#!/usr/bin/env node
// The command of the installed package: each word is a program of its own, which gets the words behind it.
import { fileURLToPath } from 'node:url'
import { unknownWord } from '../server/suggest.ts'
import { describeError, exitCodes, isExitError, usageError } from './cli/exit.ts'
import { version } from './cli/version.ts'

/** Compiled entries. The server's is a program, too: the bench imports none of it. */
const programs = {
  bench: new URL('./main.js', import.meta.url),
  serve: new URL('../server/main.js', import.meta.url),
  demo: new URL('./demo.js', import.meta.url),
  anatomy: new URL('./anatomy.js', import.meta.url),
  site: new URL('./site.js', import.meta.url),
} as const

const help = `Usage: transport-lab COMMAND [options]

Commands:
  bench    measures every transport on this machine, about three minutes; a run goes to ./results/
  serve    serves the stream, and the viewer of the runs in ./results/, at http://127.0.0.1:8080
  demo     draws the real traffic of all transports, for a class
  anatomy  shows what each transport sends, byte by byte, captured from your browser
  site     writes the viewer with the runs that come with the lab as a folder for any static host

Examples:
  transport-lab bench --preset smoke
  transport-lab serve --port 9000
  transport-lab demo --lan

Options:
  -h, --help    this text; behind a command, that command's options
  --version

Where a text says npm run bench --, npm start --, or npm run demo --, anatomy -- or site --, type transport-lab bench, serve, demo,
anatomy or site.
`

/** Starts what `argv` names. Throws ExitError 2. */
async function main([command, ...args]: readonly string[]): Promise<void> {
  const remedy = 'see: transport-lab --help'
  if (command === undefined)
    throw usageError(`transport-lab needs a command, one of ${Object.keys(programs).join(', ')}, got none`, remedy)
  if (command === '--help' || command === '-h') return void process.stdout.write(help)
  if (command === '--version') return void process.stdout.write(`${await version()}\n`)
  if (!Object.hasOwn(programs, command))
    throw usageError(unknownWord('command', command, Object.keys(programs)), remedy)
  const program = programs[command as keyof typeof programs]
  process.argv = [process.execPath, fileURLToPath(program), ...args]
  await import(program.href)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`)
  process.exitCode = isExitError(error) ? error.exitCode : exitCodes.unusable
})

// A recipe of the page about bytes as a contestant: the server that people copy, run as they run it.
import { fileURLToPath } from 'node:url'
import { freePorts, startProgram } from '../fleet/program.ts'
import type { RunningContestant } from './contestant.ts'

/** Starts the `server.js` of a recipe on `port`, any free one unless said otherwise. Throws ExitError 4 where it does not listen within 10 s. */
export async function startRecipe(file: URL, port?: number): Promise<RunningContestant> {
  const chosen = port ?? (await freePorts(1))[0]!
  const { process: child, ...program } = await startProgram({
    name: fileURLToPath(file),
    command: process.execPath,
    args: [fileURLToPath(file)],
    env: { PORT: String(chosen) },
    port: chosen,
    packages: 'nodejs',
  })
  return { port: chosen, pids: [child.pid!], died: program.died, end: () => program.end('SIGKILL') }
}

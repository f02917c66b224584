// Servers in the process of a test: ended with it, and logs of theirs filled as if there had been publishers.
import { afterEach } from 'vitest'
import { type RunningServer, startServer } from './app.ts'
import { parseServerOptions } from './command-line.ts'
import { toEntry } from './log.ts'
import type { ServerOptions } from './options.ts'

/** To be called once by each file of tests: what a test started, and what it added to `stops`, ends after it, the last one first. */
export function testServers() {
  const stops: (() => unknown)[] = []
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  })
  return {
    stops,
    async serve(...args: string[]): Promise<RunningServer> {
      const server = await startServer(parseServerOptions(['--port', '0', ...args], {}) as ServerOptions)
      stops.push(server.stop)
      return server
    },
  }
}

/** Appends `count` notices of 60 kB in one turn of the event loop. */
export function appendLarge({ log }: RunningServer, count: number): void {
  const body = JSON.stringify('x'.repeat(60_000))
  const { head } = log
  log.append(Array.from({ length: count }, (_, i) => toEntry(head + 1 + i, 0, body)))
}

/** Settles once it is so; the test's own time limit is its end. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 5))
}

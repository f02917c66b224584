// One of several workers as a program: serves with the primary's options on the shared port until the primary says stop, or is gone.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RunningServer } from '../app.ts'
import { openPrimary } from '../backplanes/primary.ts'
import { mountAnatomy } from '../lazy-anatomy.ts'
import { mountDemo } from '../lazy-demo.ts'
import { lazyPages } from '../lazy-pages.ts'

let server: RunningServer | undefined

const primary = openPrimary({
  async status(wish) {
    if (!server) throw new Error('this worker does not serve yet')
    await nextTurn()
    return server.status(wish)
  },
  stop: async () => server?.stop() ?? 0,
})

async function main(): Promise<void> {
  const options = await primary.ask('options', null)
  const { startServer } = await import('../app.ts')
  server = await startServer(
    options,
    mounting => {
      mountDemo(mounting, options.demoRecording)
      mountAnatomy(mounting)
      mounting.app.use(lazyPages(options.resultsDir))
    },
    () => primary.ask('status', null),
  )
  primary.tell('started', {})
}

async function end(): Promise<void> {
  const cut = (await server?.stop()) ?? 0
  if (cut > 0) console.error(`${cut} subscribers did not take what was left for them and were cut`)
  process.exit(0)
}

process.once('SIGTERM', () => void end())
// A terminal sends it to the primary too, which then ends its workers in order.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})

main().catch(({ message, code, address, port }: NodeJS.ErrnoException & { address?: string; port?: number }) =>
  // The primary says it; what it does not take any more is nobody's.
  primary.tell('started', { error: { message, code, address, port } }, () => process.exit(3)),
)

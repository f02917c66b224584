// The server as a program: options in, one line out, an orderly end on SIGTERM, SIGINT and SIGHUP.

import { parseServerOptions, usage } from './command-line.ts'
import { mountAnatomy } from './lazy-anatomy.ts'
import { mountDemo } from './lazy-demo.ts'
import { lazyPages } from './lazy-pages.ts'
import { UsageError } from './options.ts'

async function main(): Promise<void> {
  const options = parseServerOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(usage)
    return
  }
  const server =
    options.workers > 1
      ? await (await import('./workers/primary.ts')).startWorkers(options)
      : await (await import('./app.ts')).startServer(options, mounting => {
          mountDemo(mounting, options.demoRecording)
          mountAnatomy(mounting)
          mounting.app.use(lazyPages(options.resultsDir))
        })
  const { url, port } = server
  console.log(`transport lab on ${url}`)
  process.send?.({ listening: { url, port } })

  async function end(signal: string): Promise<void> {
    console.error(`${signal}: stopping`)
    const cut = await server.stop()
    if (cut > 0) console.error(`${cut} subscribers did not take what was left for them and were cut`)
    process.exit(0)
  }
  process.once('SIGTERM', () => void end('SIGTERM'))
  process.once('SIGINT', () => void end('SIGINT'))
  // Its terminal was closed.
  process.once('SIGHUP', () => void end('SIGHUP'))
  // A server started by another process ends with it.
  if (process.send) process.once('disconnect', () => void end('parent gone'))
}

main().catch((error: NodeJS.ErrnoException) => {
  if (error instanceof UsageError) {
    console.error(error.message)
    process.exit(2)
  }
  const address = (error as { address?: string; port?: number }).address
  const where = `${address ?? ''}${(error as { port?: number }).port ? `:${(error as { port?: number }).port}` : ''}`
  if (error.code === 'EADDRINUSE')
    console.error(`${where} is in use; choose another with --port, or --port 0 for any free one`)
  else if (error.code === 'EACCES')
    console.error(`not allowed to listen on ${where}; ports below 1024 need rights, choose one above`)
  else if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    console.error(
      `--host must be an address of this machine, got ${JSON.stringify(address ?? (error as { hostname?: string }).hostname)}`,
    )
  else console.error(error.message)
  process.exit(3)
})

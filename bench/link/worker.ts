// The emulator's own process: starts links as its parent asks over IPC, and is gone with it, or at SIGTERM.
import { serveParent } from '../machine/child.ts'
import { type Link, type LinkOptions, type LinkStats, startLink } from './link.ts'

/** `cpuUs`: used by the process since its start, or the last reset. */
export interface ProcessStats extends LinkStats {
  readonly cpuUs: number
}

export type LinkCalls = {
  start: { argument: LinkOptions; result: { port: number } }
  stats: { argument: { reset: boolean }; result: ProcessStats }
}

let link: Link | undefined
let cpuFrom = process.cpuUsage()

serveParent<LinkCalls>({
  async start(options) {
    if (link) throw new Error('this process has started its link already')
    link = await startLink(options)
    return { port: link.port }
  },
  stats({ reset }) {
    if (!link) throw new Error('the link was not started')
    const { user, system } = process.cpuUsage(cpuFrom)
    if (reset) cpuFrom = process.cpuUsage()
    return { ...link.stats(reset), cpuUs: user + system }
  },
})

process.on('SIGTERM', async () => {
  await link?.close()
  process.exit(0)
})

// The emulator in a process of its own, so that neither the server's nor the clients' work delays what it delivers.
import { startChild } from '../machine/child.ts'
import type { LinkOptions } from './link.ts'
import type { LinkCalls, ProcessStats } from './worker.ts'

export interface LinkProcess {
  readonly port: number
  readonly pid: number
  /** `reset` starts the figures of deliveries over. Rejects where the process has ended. */
  stats(reset?: boolean): Promise<ProcessStats>
  /** Ends the process; its connections are cut. */
  end(): Promise<void>
}

/** Starts a link in a process of its own, from the compiled `entry`. Throws what `startLink` throws. */
export async function startLinkProcess(
  options: LinkOptions,
  entry = new URL('./worker.js', import.meta.url),
): Promise<LinkProcess> {
  const child = startChild<LinkCalls>(entry)
  try {
    const { port } = await child.call('start', options)
    return {
      port,
      pid: child.process.pid!,
      stats: (reset = false) => child.call('stats', { reset }),
      end: () => child.end(),
    }
  } catch (error) {
    await child.end()
    throw error
  }
}

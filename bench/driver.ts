// What a driver of cells other than a stream's is told, and how it ends where its server does.
import type { Scenario } from '../results/scenario.ts'
import type { HeaderProfile } from './profiles/profile.ts'
import type { ServerUnderTest } from './server-process.ts'

export interface DriverOrder<Transport extends string | null = string> {
  readonly scenario: Scenario
  /** null, where the driver takes it: the same load without a subscriber. */
  readonly transport: Transport
  readonly round: number
  readonly order: number
  readonly seed: number
  readonly headers: HeaderProfile
  readonly signal: AbortSignal
}

/** What `measuring` comes to. Rejects with what `signal` was aborted with as soon as it is. */
export async function unlessStopped<Result>(measuring: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const settled = new AbortController()
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true, signal: settled.signal })
  })
  try {
    return await Promise.race([measuring, stopped])
  } finally {
    settled.abort()
  }
}

/** How long the end of a process may take to be told after its sockets broke. */
const NEWS_MS = 200

/** What `measuring` comes to. Rejects with the server's death (ExitError 4) also where a broken socket was noticed before it. */
export async function unlessDead<Result>(
  measuring: Promise<Result>,
  { died }: Pick<ServerUnderTest, 'died'>,
): Promise<Result> {
  try {
    return await Promise.race([measuring, died])
  } catch (error) {
    await Promise.race([died, new Promise<void>(resolve => setTimeout(resolve, NEWS_MS).unref())])
    throw error
  }
}

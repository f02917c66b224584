// The frame of a cell's measurement: whatever it starts ends with it, and it ends early where a part dies or the run is stopped.
import { exitCodes, isExitError } from '../cli/exit.ts'

/** Something that a cell starts: a server, a load process, a browser, a link. */
export interface Part {
  /** Rejects once it ends by itself, which ends the cell. */
  readonly died?: Promise<never>
  end(signal?: NodeJS.Signals): Promise<unknown>
}

/** Starts a part of the cell. It is ended with the cell, before those that were started earlier; the cell fails with its death. */
export type Start = <Started extends Part>(begin: () => Started | Promise<Started>) => Promise<Started>

/** Errors of parts that did not start. */
const failedStarts = new WeakSet<Error>()

/** Whether an error of `withServer` is that of a part that did not start, though this machine has what it takes. */
export const isFailedStart = (error: unknown): error is Error => error instanceof Error && failedStarts.has(error)

/** How long the end of a process may take to be told after its sockets broke. */
const NEWS_MS = 200

/**
 * Measures on a server of its own, the first part of the cell; `measure` begins the others by `start`. Rejects as starting and measuring do, with what
 * `signal` was aborted with as soon as it is, and with the death of a part, also where a broken socket was noticed before it.
 */
export async function withServer<Server extends Part, Result>(
  { signal }: { readonly signal: AbortSignal },
  startServer: () => Promise<Server>,
  measure: (server: Server, start: Start) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  const parts: Promise<Part>[] = []
  const over = new AbortController()
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  signal.addEventListener('abort', () => fail(signal.reason), { once: true, signal: over.signal })

  const start: Start = async begin => {
    // A measurement may be on its way to its next part when the cell is over.
    over.signal.throwIfAborted()
    const starting = (async () => begin())()
    parts.push(starting)
    const part = await starting.catch((error: unknown) => {
      const isMissing = isExitError(error) && error.exitCode === exitCodes.machine
      if (error instanceof Error && !isMissing && !over.signal.aborted) failedStarts.add(error)
      throw error
    })
    part.died?.catch(fail)
    return part
  }
  const measuring = async (): Promise<Result> => {
    const server = await start(startServer)
    try {
      return await measure(server, start)
    } catch (error) {
      await Promise.race([failed, new Promise<void>(resolve => setTimeout(resolve, NEWS_MS).unref())])
      throw error
    }
  }
  try {
    return await Promise.race([measuring(), failed])
  } finally {
    over.abort()
    for (const starting of parts.reverse()) {
      const part = await starting.catch(() => undefined)
      await part?.end('SIGKILL')
    }
  }
}

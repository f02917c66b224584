// A log on disk: NDJSON, one event a line, in the order of their times.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { WebSocket } from 'ws'
import { type DemoEvent, demoPaths, LATE_MS, type Telemetry } from '../../server/demo/wire.ts'
import { machineError, usageError } from '../exit.ts'

export interface Recorder {
  take(events: readonly DemoEvent[]): void
  /** Writes what is left, and closes the file. */
  end(): Promise<void>
}

/** Opens `path`, which must not exist yet. Rejects with ExitError 3 where it cannot be written. */
export async function openRecorder(path: string): Promise<Recorder> {
  const file = createWriteStream(path, { flags: 'wx' })
  await new Promise<void>((resolve, reject) => {
    file.once('open', () => resolve())
    file.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        machineError(
          error.code === 'EEXIST'
            ? `--record must name a new file, got ${JSON.stringify(path)}, which exists`
            : `--record must name a file that can be written, got ${JSON.stringify(path)} (${error.code})`,
        ),
      ),
    )
  })
  let waiting: DemoEvent[] = []
  let newest = 0
  const write = (before: number): void => {
    waiting.sort((a, b) => a.t - b.t)
    const later = waiting.findIndex(({ t }) => t >= before)
    const ready = later < 0 ? waiting : waiting.slice(0, later)
    waiting = later < 0 ? [] : waiting.slice(later)
    if (ready.length > 0) file.write(ready.map(event => `${JSON.stringify(event)}\n`).join(''))
  }
  return {
    take(events) {
      for (const event of events) {
        waiting.push(event)
        newest = Math.max(newest, event.t)
      }
      write(newest - LATE_MS)
    },
    end: () =>
      new Promise(resolve => {
        write(Number.POSITIVE_INFINITY)
        file.end(resolve)
      }),
  }
}

/** Hands `take` all that pages are told, phones and predictions included, until the server is gone. `onBreak` says why where it ends before. */
export async function followLog(
  port: number,
  take: (events: readonly DemoEvent[]) => void,
  onBreak: (reason: string) => void,
): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${demoPaths.telemetry}`)
  socket.on('message', data => take((JSON.parse(String(data)) as Telemetry).events))
  await once(socket, 'open')
  socket.on('error', () => {})
  // Without a Close frame, as where its process ends: nothing more was to come.
  socket.once('close', (code, reason) => {
    if (code !== 1006) onBreak(String(reason))
  })
}

/** Throws ExitError 2 where `path` is no recorded log, naming the line. */
export async function checkRecording(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usageError(`--replay must name a file that can be read, got ${JSON.stringify(path)} (${error.code})`)
  })
  const lines = text.trimEnd().split('\n')
  for (const [index, line] of lines.entries()) {
    let event: Partial<DemoEvent> | null
    try {
      event = JSON.parse(line) as Partial<DemoEvent> | null
    } catch {
      event = null
    }
    if (typeof event?.kind !== 'string' || typeof event.t !== 'number')
      throw usageError(
        `--replay must name a recorded log; line ${index + 1} of ${JSON.stringify(path)} is no event: ${line.slice(0, 60)}`,
      )
    if (index === 0 && event.kind !== 'start')
      throw usageError(`--replay: the first line of ${JSON.stringify(path)} must be a start, got ${event.kind}`)
    if (event.kind === 'start' && event.version !== 1)
      throw usageError(`--replay reads logs of version 1, got ${JSON.stringify(event.version)}`)
  }
}

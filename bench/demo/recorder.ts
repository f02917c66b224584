// A log on disk: NDJSON, one event a line, in the order of their times.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { WebSocket } from 'ws'
import { MAX_BYTES, parseRecording } from '../../client/demo/recording.ts'
import { type DemoEvent, demoPaths, LATE_MS, type Telemetry } from '../../server/demo/wire.ts'
import { textOfFile } from '../../server/text-file.ts'
import { machineError, usageError } from '../cli/exit.ts'

export interface Recorder {
  take(events: readonly DemoEvent[]): void
  /** Writes what is left, and closes the file. */
  end(): Promise<void>
}

/**
 * Opens `path`, which must not exist yet. Rejects with ExitError 3 where it cannot be written. What would not fit into `maxBytes`, or on the
 * disk, is not recorded, nor anything after it: `onBreak` says so once.
 */
export async function openRecorder(
  path: string,
  onBreak: (reason: string) => void,
  maxBytes = MAX_BYTES,
): Promise<Recorder> {
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
  let bytes = 0
  let isBroken = false
  const stop = (reason: string): void => {
    if (isBroken) return
    isBroken = true
    waiting = []
    onBreak(reason)
  }
  file.on('error', ({ code }: NodeJS.ErrnoException) => stop(`${path} cannot be written any more (${code})`))
  const write = (before: number): void => {
    waiting.sort((a, b) => a.t - b.t)
    const later = waiting.findIndex(({ t }) => t >= before)
    const ready = later < 0 ? waiting : waiting.slice(0, later)
    waiting = later < 0 ? [] : waiting.slice(later)
    let text = ''
    for (const event of ready) {
      const line = `${JSON.stringify(event)}\n`
      bytes += Buffer.byteLength(line)
      if (bytes > maxBytes) {
        stop(`${path} is full: pages play at most ${maxBytes} bytes`)
        break
      }
      text += line
    }
    if (text !== '') file.write(text)
  }
  return {
    take(events) {
      if (isBroken) return
      for (const event of events) {
        waiting.push(event)
        newest = Math.max(newest, event.t)
      }
      write(newest - LATE_MS)
    },
    end: () =>
      new Promise(resolve => {
        write(Number.POSITIVE_INFINITY)
        file.end(() => resolve())
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

/** Throws ExitError 2 where `path` is no recording that a page would play, naming the line. */
export async function checkRecording(path: string): Promise<void> {
  const name = JSON.stringify(path)
  const unreadable = (error: NodeJS.ErrnoException): never => {
    throw usageError(`--replay must name a file that can be read, got ${name} (${error.code})`)
  }
  const { size } = await stat(path).catch(unreadable)
  if (size > MAX_BYTES)
    throw usageError(`--replay must name a recording of at most ${MAX_BYTES} bytes, got ${name} with ${size}`)
  const text = textOfFile(await readFile(path).catch(unreadable))
  try {
    parseRecording(text, name)
  } catch (error) {
    throw usageError(`--replay must name a recording: ${(error as Error).message}`)
  }
}

// Makes the recordings that the page shows where nothing is captured live: with Chromium, by the page's own code, each from a server that has just begun.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { type Capture, captureOf, plainOf, sizeOf } from '../../client/anatomy/capture.ts'
import { plainTry, steps } from '../../client/anatomy/tries.ts'
import { decodeConnection } from '../../client/codecs/conversation.ts'
import { clientTransports } from '../../client/transports/index.ts'
import { anatomyPaths } from '../../server/anatomy/wire.ts'
import { unusableError } from '../cli/exit.ts'
import { startFrom } from '../demo/addresses.ts'
import { browserParts, pageScript } from '../machine/chromium.ts'
import { type AnatomyEngine, startAnatomy } from './engine.ts'
import type { AnatomyPage } from './page.ts'
import { ofFrames } from './plan.ts'

const PAGE = new URL('./page.js', import.meta.url)
/** What a page loads with it. */
const MAX_BYTES = 40_000

export interface RecordOrder {
  /** Where the tap listens, or on the next free port. */
  readonly port: number
  /** Folder; made where it is missing. */
  readonly out: string
  readonly signal: AbortSignal
  /** Told of each file that was written. */
  readonly onFile: (path: string, bytes: number) => void
}

/** Throws ExitError 3 where Chromium or what it takes is not installed, 1 where a recording is not what it should be, and what `signal` was aborted with. */
export async function record({ port, out, signal, onFile }: RecordOrder): Promise<void> {
  const [{ launchChromium }, script] = await Promise.all([browserParts(), pageScript(PAGE)])
  await mkdir(out, { recursive: true })
  const write = async (name: string, content: object): Promise<void> => {
    const path = join(out, `${name}.json`)
    const text = textOf(content)
    if (text.length > MAX_BYTES)
      throw unusableError(`a recording must have at most ${MAX_BYTES} bytes, ${name} has ${text.length}`)
    await writeFile(path, text)
    onFile(path, text.length)
  }
  const browser = await launchChromium({ trustsAll: true })
  const close = (): void => void browser.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    for (const transport of Object.keys(clientTransports))
      await withEngine(port, false, signal, async engine =>
        write(transport, plainOf(await captured(browser, script, engine, transport))),
      )
    await withEngine(port, true, signal, async engine =>
      write('tls', plainOf(await captured(browser, script, engine, ofFrames))),
    )
    await withEngine(port, false, signal, async engine => {
      const tries: object[] = []
      for (const step of steps) tries.push(plainTry(await engine.try(step)))
      await write('tries', { format: 'transport-lab-tries', version: 1, takenAt: new Date().toISOString(), tries })
    })
  } catch (error) {
    // A browser that was closed for it says something else.
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', close)
    await browser.close()
  }
}

async function withEngine(
  port: number,
  tls: boolean,
  signal: AbortSignal,
  use: (engine: AnatomyEngine) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted()
  const engine = await startFrom(port, '127.0.0.1', free => startAnatomy({ port: free, tls }))
  try {
    await Promise.race([use(engine), engine.died])
  } finally {
    await engine.end()
  }
}

async function captured(browser: Browser, script: string, engine: AnatomyEngine, transport: string): Promise<Capture> {
  const page = await browser.newPage()
  try {
    // What it fetches itself must not come over what is captured.
    await page.goto(engine.origin + anatomyPaths.page, { waitUntil: 'networkidle' })
    await page.evaluate(script)
    const capture = captureOf(
      await page.evaluate(
        name => (globalThis as typeof globalThis & { anatomy: AnatomyPage }).anatomy.capture(name),
        transport,
      ),
    )
    checkCapture(capture)
    return capture
  } finally {
    await page.close()
  }
}

/** Throws ExitError 1 for one that nobody could learn from. */
function checkCapture({ transport, isSecure, connections, counted, published }: Capture): void {
  const { upBytes, downBytes } = sizeOf({ connections })
  if (counted?.upBytes !== upBytes || counted.downBytes !== downBytes)
    throw unusableError(
      `the tap kept ${upBytes} and ${downBytes} bytes of ${transport}, the server counted ${counted ? `${counted.upBytes} and ${counted.downBytes}` : 'others too'}: record it again`,
    )
  if (isSecure) return
  const conversations = connections.map(({ chunks }) => decodeConnection(chunks))
  for (const broken of conversations.flatMap(({ broken }) => Object.values(broken)))
    throw unusableError(`a recording of ${transport} cannot be read at byte ${broken.at}: ${broken.message}`)
  const seqs = conversations.flatMap(({ messages }) =>
    messages.flatMap(({ way, seqs }) => (way === 'down' ? seqs : [])),
  )
  // The page's own is among them.
  const expected = published.length + 1
  if (new Set(seqs).size !== expected)
    throw unusableError(
      `a recording of ${transport} must have ${expected} notices, got ${new Set(seqs).size}: record it again`,
    )
}

/** JSON with a line for each read, so that two recordings can be compared. */
const textOf = (content: object): string =>
  `${JSON.stringify(content, null, 1).replace(/\{\n\s+"way": (.+),\n\s+"atMs": (.+),\n\s+"bytes": (.+)\n\s+\}/g, '{ "way": $1, "atMs": $2, "bytes": $3 }')}\n`

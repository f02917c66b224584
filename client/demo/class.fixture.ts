// For tests: the demo's pages in a real browser, behind a small server that says what a test wants: live, recorded, or nothing.
import { readFile } from 'node:fs/promises'
import type { AddressInfo, Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import express from 'express'
import helmet from 'helmet'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { WebSocketServer } from 'ws'
import { launchChromium } from '../../bench/machine/installed-chromium.ts'
import {
  type Action,
  type DemoEvent,
  type DemoState,
  demoPaths,
  type Reached,
  type Telemetry,
} from '../../server/demo/wire.ts'
import { ndjson } from './log.fixture.ts'

const distDir = fileURLToPath(new URL('../../dist/web', import.meta.url))
export const TOKEN = 'a-token-for-tests'

const nobody: DemoState = { isLive: false, code: null, joinUrls: [], isLocked: false, phones: 0, cap: 64 }
export const inClass: DemoState = {
  isLive: true,
  code: 'KXRM',
  joinUrls: ['http://192.168.178.23:8080/demo/join/KXRM'],
  isLocked: false,
  phones: 0,
  cap: 64,
}

export interface Class {
  readonly base: string
  readonly page: Page
  readonly context: BrowserContext
  /** What the teacher asked for, in order. */
  readonly actions: Action[]
  /** What the next action is answered with instead of being taken. */
  refuse: { readonly status: number; readonly detail?: string } | undefined
  /** A recording; undefined = there is none. */
  recording: string | undefined
  state: DemoState
  /** Bytes of pieces, by number; what is missing is no longer kept. */
  pieces: ReadonlyMap<number, Uint8Array>
  /** What pages asked for of those, in order. */
  readonly askedPieces: number[]
  /** The browser is on another machine than the server, which then tells the code to the teacher only. */
  isElsewhere: boolean
  /** Begins a live log at `nowMs`; its clock runs from then on. */
  live(events: readonly DemoEvent[], nowMs: number): void
  /** Answers whoever waits for somebody to come in from elsewhere. */
  reach(reached: Reached): void
  /** Tells the pages more. */
  tell(events: readonly DemoEvent[], nowMs?: number): void
  /** Ms on the log's clock. */
  nowMs(): number
  /** Cuts every telemetry socket. */
  drop(): void
  open(path: string, options?: BrowserContextOptions): Promise<Page>
  /** One more page in the same browser profile. */
  openBeside(path: string): Promise<Page>
  /** Closes the pages and gives what went wrong on them without a word: errors, violations, foreign requests. */
  leave(): Promise<string[]>
  end(): Promise<void>
}

/** Between two frames: where the picture moves, a display of 60 Hz would take the machine from the other tests. */
const FRAME_MS = 60

/** Runs in the page, before its scripts. */
function slowDisplay(frameMs: number): void {
  const { requestAnimationFrame: next, cancelAnimationFrame: cancel } = window
  const waiting = new Map<number, () => void>()
  let last = 0
  window.requestAnimationFrame = run => {
    const id = ++last
    const timer = setTimeout(() => {
      const frame = next(nowMs => {
        waiting.delete(id)
        run(nowMs)
      })
      waiting.set(id, () => cancel(frame))
    }, frameMs)
    waiting.set(id, () => clearTimeout(timer))
    return id
  }
  window.cancelAnimationFrame = id => {
    waiting.get(id)?.()
    waiting.delete(id)
  }
}

export async function startClass(): Promise<Class> {
  const waiting: express.Response[] = []
  const app = express()
  // As server/pages.ts has it.
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': ["'none'"],
          'script-src': ["'self'"],
          'style-src': ["'self'"],
          'img-src': ["'self'", 'data:', 'blob:'],
          'connect-src': ["'self'"],
          'base-uri': ["'none'"],
          'form-action': ["'none'"],
          'frame-ancestors': ["'none'"],
        },
      },
      strictTransportSecurity: false,
    }),
  )
  app.use('/assets', express.static(`${distDir}/assets`))
  for (const [path, file] of [
    [demoPaths.index, 'index'],
    [demoPaths.teach, 'teach'],
    [demoPaths.stage, 'stage'],
  ] as const)
    app.get(path, async (_req, res) => {
      res.type('html').send(await readFile(`${distDir}/demo/${file}.html`, 'utf8'))
    })
  app.get(demoPaths.state, (req, res) => {
    const mayTell = !fixture.isElsewhere || req.get('authorization') === `Bearer ${TOKEN}`
    res.json(mayTell ? fixture.state : { ...fixture.state, code: null, joinUrls: [] })
  })
  app.get(demoPaths.recording, (_req, res) => {
    if (fixture.recording === undefined) res.status(404).json({ detail: 'there is none' })
    else res.type('application/x-ndjson').send(fixture.recording)
  })
  app.post(demoPaths.act, express.json(), (req, res) => {
    if (fixture.refuse) {
      res.status(fixture.refuse.status).json({ detail: fixture.refuse.detail })
      fixture.refuse = undefined
    } else if (req.get('authorization') !== `Bearer ${TOKEN}`) res.status(401).json({ detail: 'wrong token' })
    else {
      const action = req.body as Action
      fixture.actions.push(action)
      const [shown, ...others] = fixture.state.joinUrls
      if (action.action === 'address') fixture.state = { ...fixture.state, joinUrls: [...others, shown!] }
      res.status(204).end()
    }
  })
  app.get(demoPaths.bytes, (req, res) => {
    const piece = Number(req.query.piece)
    fixture.askedPieces.push(piece)
    const bytes = fixture.pieces.get(piece)
    if (bytes) res.json({ piece, bytes: Buffer.from(bytes).toString('base64') })
    else res.status(404).json({ detail: 'they are gone' })
  })
  app.post(demoPaths.reach, (_req, res) => void waiting.push(res))
  const server = app.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const sockets = new WebSocketServer({ noServer: true })
  let told: DemoEvent[] = []
  let startedMs = 0
  const frame = (events: readonly DemoEvent[], isFirst = false): string => {
    const telemetry: Telemetry = { nowMs: fixture.nowMs(), events, ...(isFirst && { isFirst: true as const }) }
    return JSON.stringify(telemetry)
  }
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== demoPaths.telemetry || !fixture.state.isLive) return void (socket as Socket).destroy()
    sockets.handleUpgrade(request, socket, head, accepted => accepted.send(frame(told, true)))
  })
  const browser = await launchChromium()
  let context: BrowserContext | undefined
  let page!: Page
  let complaints: string[] = []

  function watch(watched: Page): void {
    watched.setDefaultTimeout(30_000)
    watched.on('pageerror', error => complaints.push(error.message))
    watched.on('console', message => {
      // The browser itself tells of a refused action.
      if (!/Failed to load resource|WebSocket connection to/.test(message.text())) complaints.push(message.text())
    })
    watched.on('request', request => {
      if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(base)) complaints.push(request.url())
    })
  }

  const fixture: Class = {
    base,
    get page() {
      return page
    },
    get context() {
      return context!
    },
    actions: [],
    refuse: undefined,
    recording: undefined,
    state: nobody,
    pieces: new Map(),
    askedPieces: [],
    isElsewhere: false,
    live(events, nowMs) {
      told = [...events]
      startedMs = performance.now() - nowMs
      fixture.state = inClass
    },
    reach(reached) {
      for (const res of waiting.splice(0)) res.json(reached)
    },
    tell(events, nowMs) {
      if (nowMs !== undefined) startedMs = performance.now() - nowMs
      told.push(...events)
      for (const socket of sockets.clients) socket.send(frame(events))
    },
    nowMs: () => performance.now() - startedMs,
    drop() {
      for (const socket of sockets.clients) socket.terminate()
    },
    async open(path, options = {}) {
      await context?.close()
      context = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...options })
      await context.addInitScript(slowDisplay, FRAME_MS)
      return fixture.openBeside(path)
    },
    async openBeside(path) {
      page = await context!.newPage()
      watch(page)
      await page.goto(base + path)
      return page
    },
    async leave() {
      await context?.close()
      context = undefined
      const said = complaints
      complaints = []
      fixture.state = nobody
      fixture.isElsewhere = false
      fixture.recording = undefined
      fixture.refuse = undefined
      fixture.actions.length = 0
      fixture.pieces = new Map()
      fixture.askedPieces.length = 0
      waiting.length = 0
      return said
    },
    async end() {
      clearInterval(beats)
      await browser.close()
      fixture.drop()
      sockets.close()
      await new Promise(resolve => server.close(resolve))
    },
  }
  // A log's clock is heard in every frame.
  const beats = setInterval(() => {
    if (fixture.state.isLive) for (const socket of sockets.clients) socket.send(frame([]))
  }, 50)
  return fixture
}

/** A recording's text, for `recording`. */
export const recorded = ndjson

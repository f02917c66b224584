// For tests: the results page in a real browser, on the real routes, with a few made-up runs behind it.
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from '../../bench/machine/installed-chromium.ts'
import type { Run } from '../../results/format.ts'
import { pages } from '../../server/pages.ts'
import { charts } from '../charts/index.ts'
import { fixtureRun } from './run.fixture.ts'

const distDir = fileURLToPath(new URL('../../dist/web', import.meta.url))
/** Where the build put the viewer for report.html. */
export const reportDir = fileURLToPath(new URL('../../dist/report', import.meta.url))

export const older = fixtureRun({ id: 'older', startedAt: '2026-11-18T10:00:00.000Z', seed: 2 })
export const newer = fixtureRun({ id: 'newer', name: 'The <b>newer</b> one', isLarge: true })
const twoLoads = (): Run => {
  const run = fixtureRun({ id: 'two-loads', startedAt: '2026-11-17T10:00:00.000Z' })
  const far = { ...run.scenarios[0]!, id: 'far away', rttMs: 200 }
  const again = <T extends { scenario: string }>(each: T): T[] =>
    each.scenario === 'delivery' ? [each, { ...each, scenario: far.id }] : [each]
  return {
    ...run,
    scenarios: [...run.scenarios, far],
    cells: run.cells.flatMap(again),
    summary: run.summary.flatMap(again),
  }
}

/** A browser, a server, and one page at a time. */
export interface Visit {
  readonly root: string
  readonly page: Page
  /** Opens any address, with nothing kept of the one before. */
  open(url: string, options?: BrowserContextOptions): Promise<void>
  /** Opens the served page with this state, and waits until a run is shown. */
  show(hash?: string, options?: BrowserContextOptions): Promise<void>
  /** Waits until every chart that has something to draw has drawn it; `figures`: how many there are, all those of a load where nothing else is said. */
  drawn(figures?: number): Promise<void>
  hash(): Promise<string>
  hashBecomes(hash: string): Promise<unknown>
  /** The transports in the comparison, in its order. */
  names(): Promise<string[]>
  text(selector: string): Promise<string>
  /** The file that `act` makes the page hand out. */
  downloaded(act: () => Promise<void>): Promise<{ name: string; content: Buffer }>
  /** Chooses a file. */
  give(content: string, name?: string): Promise<void>
  /** Puts a run among the server's. */
  put(run: Run): Promise<void>
  /** Leaves the page and gives what went wrong on it without a word to the visitor: errors, violations, foreign requests. */
  leave(): Promise<string[]>
  end(): Promise<void>
}

export async function startVisit(): Promise<Visit> {
  const root = await mkdtemp(join(tmpdir(), 'viewer-'))
  const put = async (run: Run): Promise<void> => {
    const folder = join(root, 'results', run.id)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'run.tmp'), JSON.stringify(run))
    await rename(join(folder, 'run.tmp'), join(folder, 'run.json'))
  }
  for (const run of [older, newer, twoLoads()]) await put(run)
  const app = express()
  app.use(pages({ distDir, resultsDir: join(root, 'results'), samplesDir: join(root, 'samples') }))
  const server = app.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const browser = await launchChromium()

  let context: BrowserContext | undefined
  let page!: Page
  /** What the profile was made with. */
  let made = ''
  let complaints: string[] = []

  /** A profile takes more than a second to make: the last one is emptied and taken again where it is of the same kind. */
  async function open(url: string, options: BrowserContextOptions = {}): Promise<void> {
    const wanted = JSON.stringify(options)
    if (context && made === wanted) {
      const session = await context.newCDPSession(page)
      await session.send('Storage.clearDataForOrigin', { origin: new URL(base).origin, storageTypes: 'all' })
      await session.detach()
      await page.goto('about:blank')
      await page.goto(url)
      return
    }
    await context?.close()
    made = wanted
    context = await browser.newContext({ viewport: { width: 1280, height: 720 }, ...options })
    page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', error => complaints.push(error.message))
    page.on('console', message => complaints.push(message.text()))
    page.on('request', request => {
      if (!/^(blob|data|file):/.test(request.url()) && !request.url().startsWith(base)) complaints.push(request.url())
    })
    await page.goto(url)
  }

  const drawn = async (figures = Object.keys(charts).length): Promise<void> => {
    await page.waitForFunction(count => {
      // What has nothing to draw is a line.
      const figures = [...document.querySelectorAll('figure, p.absent')]
      const isDrawn = (figure: Element) => {
        if (figure.matches('p')) return true
        const canvas = figure.querySelector('canvas')
        // 300 is the width of a canvas that nobody has touched.
        return figure.querySelector('h3') !== null && (canvas === null || canvas.width !== 300)
      }
      return figures.length === count && figures.every(isDrawn)
    }, figures)
  }

  return {
    root,
    get page() {
      return page
    },
    open,
    async show(hash = '', options) {
      await open(base + hash, options)
      await page.waitForSelector('main > *')
    },
    drawn,
    hash: () => page.evaluate(() => location.hash),
    hashBecomes: hash => page.waitForFunction(wanted => location.hash === wanted, hash),
    names: () => page.locator('.comparison tbody th').allInnerTexts(),
    text: async selector => (await page.locator(selector).first().textContent()) ?? '',
    async downloaded(act) {
      const waiting = page.waitForEvent('download')
      await act()
      const download = await waiting
      return { name: download.suggestedFilename(), content: await readFile(await download.path()) }
    },
    give: (content, name = 'run.json') =>
      page.setInputFiles('#file', { name, mimeType: 'application/json', buffer: Buffer.from(content) }),
    put,
    async leave() {
      await page.unrouteAll()
      await page.goto('about:blank')
      const said = complaints
      complaints = []
      return said
    },
    async end() {
      await browser.close()
      await new Promise(resolve => server.close(resolve))
      await rm(root, { recursive: true })
    },
  }
}

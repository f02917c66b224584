// For tests: the anatomy's page in a real browser, on the real routes, with a tap behind it or none.
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import express from 'express'
import type { BrowserContext, BrowserContextOptions, Page, Response } from 'playwright-core'
import { launchChromium } from '../../bench/machine/installed-chromium.ts'
import { anatomyPaths } from '../../server/anatomy/wire.ts'
import { pages } from '../../server/pages.ts'

export const distDir = fileURLToPath(new URL('../../dist/web', import.meta.url))

export interface Visit {
  readonly page: Page
  /** Answers that the page had, in order. */
  readonly loaded: readonly Response[]
  /** Opens the page with this state, and waits until it shows something. */
  show(hash?: string, options?: BrowserContextOptions): Promise<void>
  /** Whether a tap is behind the next pages, and how it answers what is tried. */
  tap(answer: ((step: string) => object) | undefined): void
  hash(): Promise<string>
  text(selector: string): Promise<string>
  /** Leaves the page and gives what went wrong on it without a word to the visitor: errors, violations, foreign requests. */
  leave(): Promise<string[]>
  end(): Promise<void>
}

export async function startVisit(): Promise<Visit> {
  let tap: ((step: string) => object) | undefined
  const app = express()
  app.get(anatomyPaths.state, (_req, res) => void res.json({ canCapture: tap !== undefined, steps: [] }))
  app.post(anatomyPaths.tries, express.json(), (req, res) => void res.json(tap!((req.body as { step: string }).step)))
  app.post(anatomyPaths.captures, (_req, res) => void res.status(409).json({ detail: 'another capture is under way' }))
  app.use(pages({ distDir, resultsDir: '/nowhere', samplesDir: '/nowhere' }))
  const server = app.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await launchChromium()
  let context: BrowserContext | undefined
  let page!: Page
  let complaints: string[] = []
  let loaded: Response[] = []

  return {
    get page() {
      return page
    },
    get loaded() {
      return loaded
    },
    async show(hash = '', options = {}) {
      await context?.close()
      loaded = []
      context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      page = await context.newPage()
      page.setDefaultTimeout(10_000)
      page.on('pageerror', error => complaints.push(error.message))
      page.on('console', message => {
        // A refusal that is asked for is told on the page.
        if (!message.text().includes('409')) complaints.push(message.text())
      })
      page.on('request', request => !request.url().startsWith(base) && complaints.push(request.url()))
      page.on('response', response => loaded.push(response))
      await page.goto(`${base}${anatomyPaths.page}${hash}`)
      await page.locator('#message-title, figure .block, table.records, [role=alert]').first().waitFor()
    },
    tap: answer => {
      tap = answer
    },
    hash: () => page.evaluate(() => location.hash),
    text: async selector => (await page.locator(selector).first().textContent()) ?? '',
    async leave() {
      await page?.close()
      const said = complaints
      complaints = []
      return said
    },
    async end() {
      await browser.close()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

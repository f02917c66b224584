// A browser's own limits, met by a real one at the real server, and the page that shows them.
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../../bench/machine/installed-chromium.ts'
import { startDemoServer } from '../../../server/demo/demo.fixture.ts'
import { demoPaths } from '../../../server/demo/wire.ts'
import { violationsOf } from '../../axe.fixture.ts'
import { clientTransports } from '../../transports/index.ts'

const names = Object.keys(clientTransports)
const patience = { timeout: 10_000, interval: 50 }
let browser: Browser
let demo: Awaited<ReturnType<typeof startDemoServer>>
let context: BrowserContext
const errors: string[] = []

beforeAll(async () => {
  browser = await launchChromium()
  demo = await startDemoServer()
})
afterEach(async () => {
  await context?.close()
  expect(errors.splice(0)).toEqual([])
})
afterAll(async () => {
  await browser.close()
  await demo.close()
})

function watch(page: Page): Page {
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', message => {
    // There is no recording here, which the browser tells.
    if (message.type() === 'error' && !message.text().includes('404')) errors.push(message.text())
  })
  return page
}

async function visit(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  context = await browser.newContext(options)
  const page = watch(await context.newPage())
  await page.goto(demo.server.url + demoPaths.tabs)
  return page
}

const publish = (): Promise<unknown> => demo.ask('POST', '/api/notices', { body: 1 })
const tally = (page: Page) => page.textContent('#tally')

describe('seven clients of one browser', () => {
  it('are served by six connections on a stream over HTTP/1.1: the seventh waits, and so does everything else', async () => {
    const page = await visit()
    await page.selectOption('#transport', 'sse')
    await page.click('#add-seven')
    await expect.poll(() => tally(page), patience).toMatch(/^7 clients in this browser: 6 served, 1 waits/)
    await page.click('#ask')
    await expect.poll(() => page.textContent('#asked'), patience).toContain('no connection is free')
    await page.click('#remove')
    await expect.poll(() => page.textContent('#asked'), patience).toMatch(/^answered after \d/)
  })

  it.each(names.filter(name => name !== 'sse'))('are all served on %s', async name => {
    const page = await visit()
    await page.selectOption('#transport', name)
    await page.click('#add-seven')
    await expect.poll(() => tally(page), patience).toBe('7 clients in this browser: 7 served.')
    await publish()
    await expect
      .poll(
        async () => (await page.locator('#clients li').allTextContents()).every(row => /notice \d+$/.test(row)),
        patience,
      )
      .toBe(true)
  })

  it('wait for each other in the cache as long polls, and take all connections past it', async () => {
    const page = await visit()
    await page.selectOption('#transport', 'long-polling')
    await page.click('#add-seven')
    await expect.poll(() => tally(page), patience).toContain('7 served')
    const held = () => demo.server.status().transports['long-polling']!.open
    expect(held()).toBeLessThan(6)
    await page.click('#ask')
    await expect.poll(() => page.textContent('#asked'), patience).toMatch(/^answered after \d+ ms/)
    await page.click('#remove')
    await page.check('#past-cache')
    await page.click('#add-seven')
    await expect.poll(held, patience).toBe(6)
    await page.click('#ask')
    await expect.poll(() => page.textContent('#asked'), patience).toContain('no connection is free')
    await publish()
    await expect.poll(() => page.textContent('#asked'), patience).toMatch(/^answered after/)
    await expect.poll(() => page.textContent('#queued'), patience).toMatch(/longest wait before being sent was \d/)
  })

  it('may be in tabs of their own', async () => {
    const page = await visit()
    await page.selectOption('#transport', 'websocket')
    const [other] = await Promise.all([context.waitForEvent('page'), page.click('#new-tab')])
    watch(other)
    await expect.poll(() => tally(page), patience).toBe('1 client in this browser: 1 served.')
    expect(await page.textContent('#clients')).toContain('(another tab)')
    expect(await other.title()).toContain('served')
    await other.close()
    await expect.poll(() => tally(page), patience).toBe('No clients yet.')
  })
})

describe('a watched page', () => {
  it('tells what each client did while it was seen and while it was hidden', async () => {
    const page = await visit()
    await page.click('#watch')
    await expect.poll(() => page.locator('#spells tr').count(), patience).toBe(names.length)
    const hide = (state: string) =>
      page.evaluate(state => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state })
        document.dispatchEvent(new Event('visibilitychange'))
      }, state)
    const cells = async (row: number) => page.locator(`#spells tr:nth-child(${row}) td`).allTextContents()
    // Who has no position yet begins with a later one.
    const afterNotice = async (row: number, column: number) => {
      await publish()
      return (await cells(row))[column]
    }
    await expect.poll(() => afterNotice(1, 1), { ...patience, interval: 300 }).toMatch(/\d ms|\d s/)
    expect((await cells(1)).slice(2)).toEqual(['–', '–'])
    await hide('hidden')
    await expect.poll(() => afterNotice(names.length, 3), { ...patience, interval: 300 }).toMatch(/\d ms/)
    await hide('visible')
    expect(await page.textContent('#watching')).toMatch(/^Hidden for \d\.\d s\.$/)
    expect(Number((await cells(1))[0])).toBeGreaterThan(2)
    await page.click('#watch')
    expect(await page.textContent('#watch')).toBe('Start')
  })
})

describe('the page', () => {
  it.each(['light', 'dark'] as const)('is accessible in %s', async colorScheme => {
    const page = await visit({ colorScheme })
    await page.click('#add')
    await page.click('#watch')
    await page.locator('#spells tr').first().waitFor()
    expect(await violationsOf(page)).toEqual([])
  })

  it('keeps to a width of 320 px', async () => {
    const page = await visit({ viewport: { width: 320, height: 800 } })
    await page.click('#add-seven')
    await page.click('#watch')
    await page.locator('#spells tr').first().waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
  })
})

describe('what pages weigh, gzipped', () => {
  it.each([
    [demoPaths.stage, 45_000],
    [demoPaths.teach, 45_000],
    [demoPaths.tabs, 26_000],
  ])('%s is at most %i bytes until it stands', async (path, budget) => {
    context = await browser.newContext()
    const page = watch(await context.newPage())
    const loaded: Promise<number>[] = []
    page.on('response', response => {
      if (/\.(js|css)$|\/demo\//.test(new URL(response.url()).pathname) && !response.url().includes('/api/'))
        loaded.push(response.body().then(body => gzipSync(body).length))
    })
    await page.goto(demo.server.url + path)
    await page.locator('h1').waitFor()
    await page.waitForLoadState('networkidle')
    const bytes = (await Promise.all(loaded)).reduce((sum, each) => sum + each, 0)
    expect(bytes).toBeGreaterThan(1000)
    expect(bytes).toBeLessThanOrEqual(budget)
  })
})

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
    await page.click('#add-seven')
    await expect.poll(() => tally(page), patience).toMatch(/^7 clients in this browser: 6 served, 1 waits/)
    const slots = () => page.locator('#slots li').allTextContents()
    // Which of them, is up to the browser.
    const clientsIn = async (list: string) =>
      (await page.locator(`${list} li`).allTextContents()).map(text => Number(/client (\d)/.exec(text)?.[1]))
    await expect
      .poll(async () => [...(await clientsIn('#slots')), ...(await clientsIn('#queue'))].sort(), patience)
      .toEqual([1, 2, 3, 4, 5, 6, 7])
    await expect
      .poll(async () => new Set((await slots()).map(text => text.slice(-17))), patience)
      .toEqual(new Set(['is being answered']))
    expect(await page.locator('#queue li').allTextContents()).toEqual([
      expect.stringMatching(/waits for a connection$/),
    ])
    // The page's own notices come all the same.
    await expect
      .poll(
        async () =>
          (await page.locator('#clients li').allTextContents()).filter(row => /notice [2-9]$/.test(row)).length,
        patience,
      )
      .toBe(6)
    await page.click('#ask')
    await expect.poll(() => page.textContent('#asked'), patience).toContain('no connection is free')
    expect((await page.locator('#queue li').allTextContents()).at(-1)).toBe('the questionwaits for a connection')
    await page.click('#remove')
    await expect.poll(() => page.textContent('#asked'), patience).toMatch(/^answered after \d/)
    await expect.poll(slots, patience).toEqual(Array(6).fill('free'))
  })

  it('in two tabs are told apart: which tab has which connection', async () => {
    const page = await visit()
    await page.click('#add')
    const [other] = await Promise.all([context.waitForEvent('page'), page.click('#new-tab')])
    watch(other)
    for (const each of [page, other])
      await expect
        .poll(async () => (await each.locator('#slots li').allTextContents()).sort().slice(-3), patience)
        .toEqual(['free', ...[1, 2].map(tab => expect.stringMatching(new RegExp(`tab ${tab}, client 1is`)))])
    await other.close()
    await expect
      .poll(async () => (await page.locator('#slots li').allTextContents()).sort().slice(-2), patience)
      .toEqual(['free', expect.stringMatching(/^▲ client 1is/)])
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
    await page.uncheck('#publish')
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

describe('the page’s own notices', () => {
  const lastSeq = async (page: Page) =>
    Number(/notice (\d+)$/.exec((await page.locator('#clients li').textContent())!)?.[1] ?? 0)

  it('come where nobody else publishes, until it is told not to', async () => {
    const page = await visit()
    await page.click('#add')
    await expect.poll(() => lastSeq(page), patience).toBeGreaterThan(0)
    const first = await lastSeq(page)
    await expect.poll(() => lastSeq(page), patience).toBeGreaterThan(first + 1)
    await page.uncheck('#publish')
    await expect.poll(() => demo.server.status().transports.websocket!.open, patience).toBe(0)
    const { head } = demo.server.log
    await publish()
    await expect.poll(() => lastSeq(page), patience).toBe(head + 1)
  })

  it('are none while another one publishes', async () => {
    // The page of the test before may still be leaving: its connection is not the one that is waited for, and its notices are not another one's.
    await expect.poll(() => demo.server.status().transports.websocket!.open, patience).toBe(0)
    context = await browser.newContext()
    const page = watch(await context.newPage())
    // Its time goes on as it is told to.
    await page.clock.install()
    await page.goto(demo.server.url + demoPaths.tabs)
    await page.clock.pauseAt(Date.now() + 60_000)
    await page.click('#add')
    await page.clock.runFor(500)
    await expect.poll(() => demo.server.status().transports.websocket!.open, patience).toBe(1)
    const { head } = demo.server.log
    for (let published = 1; published <= 8; published++) {
      await publish()
      await expect.poll(() => lastSeq(page), patience).toBe(head + published)
      await page.clock.runFor(1000)
    }
    expect(demo.server.log.head).toBe(head + 8)
    await page.clock.runFor(1500)
    await expect.poll(() => demo.server.log.head, patience).toBe(head + 9)
  })
})

describe('the page in the browser’s memory', () => {
  it('comes back with the clients that it had, and keeps no connection while it is away', async () => {
    const own = await launchChromium({ keepsPages: true })
    try {
      const page = watch(await own.newPage())
      await page.goto(demo.server.url + demoPaths.tabs)
      for (let i = 0; i < 2; i++) await page.click('#add')
      await page.click('#watch')
      await expect.poll(() => tally(page), patience).toBe('2 clients in this browser: 2 served.')
      await page.evaluate(() => Object.assign(globalThis, { isSame: true }))
      await page.goto(`${demo.server.url}${demoPaths.index}`)
      const open = () => ['sse', 'websocket'].map(name => demo.server.status().transports[name]!.open)
      await expect.poll(open, patience).toEqual([0, 0])
      await page.goBack({ waitUntil: 'commit' })
      expect(await page.evaluate(() => 'isSame' in globalThis)).toBe(true)
      await expect.poll(open, patience).toEqual([2, 1])
      await expect.poll(() => tally(page), patience).toBe('2 clients in this browser: 2 served.')
      const seen = await page.locator('#clients li').allTextContents()
      await expect.poll(() => page.locator('#clients li').allTextContents(), patience).not.toEqual(seen)
      expect(await page.textContent('#watch')).toBe('Start')
    } finally {
      await own.close()
    }
    // Chromium tells of a socket that Socket.IO was just opening when the page left: the page has no say in it.
    const told = /Page entered Back-Forward Cache|already in CLOSING or CLOSED state/
    expect(errors.splice(0).filter(error => !told.test(error))).toEqual([])
  })
})

describe('a watched page', () => {
  it('tells what each client did while it was seen and while it was hidden', async () => {
    const page = await visit()
    await page.click('#watch')
    await expect.poll(() => page.locator('#spells tr').count(), patience).toBe(names.length)
    await expect
      .poll(() => page.locator('#slots').textContent(), patience)
      .toContain('the watched SSEis being answered')
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
    // Streams over HTTP would leave no connection for the rest.
    await page.selectOption('#transport', 'websocket')
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

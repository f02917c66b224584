// Phones as a class has them: real Chromium, one context each, on a real server.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { chromiumPath, launchChromium } from '../../../bench/machine/installed-chromium.ts'
import { CODE, newKey, startDemoServer } from '../../../server/demo/demo.fixture.ts'
import { demoPaths } from '../../../server/demo/wire.ts'
import { violationsOf } from '../../axe.fixture.ts'
import { clientTransports } from '../../transports/index.ts'

const names = Object.keys(clientTransports)
const patience = { timeout: 10_000, interval: 25 }
const knobs = { kind: 'knobs', ratePerSecond: 1, pollIntervalMs: 300, rttMs: 0, clients: 1 }

let browser: Browser
let demo: Awaited<ReturnType<typeof startDemoServer>>
let engine: Awaited<ReturnType<typeof demo.engine>>
const contexts: BrowserContext[] = []

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  demo = await startDemoServer()
  engine = await demo.engine()
  engine.emit({ kind: 'start', version: 1, startedAtMs: 0, lanes: names }, knobs)
})
afterEach(async () => {
  await Promise.all(contexts.splice(0).map(context => context.close()))
  await demo.close()
})

async function phone(path = `/demo/join/${CODE}`, options: object = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options })
  contexts.push(context)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  await page.goto(`${demo.server.url}${path}`)
  return page
}
const publish = async (...bodies: unknown[]) =>
  expect(
    (
      await demo.ask(
        'POST',
        '/api/notices',
        bodies.map(body => ({ body })),
      )
    ).status,
  ).toBe(201)
const has = (page: Page, seq: number) => expect.poll(() => page.textContent('#seq'), patience).toBe(`notice ${seq}`)
const pick = (page: Page, name: string) => page.check(`input[value="${name}"]`)
/** Subscribed, so that the next notice must come. */
const isOpen = (page: Page, name: string) =>
  expect
    .poll(async () => {
      const { transports } = demo.server.status()
      return (
        (await page.title()).endsWith(clientTransports[name as keyof typeof clientTransports].label) &&
        transports[name]!.requests > 0
      )
    }, patience)
    .toBe(true)

it('says on the page to join that nothing is live, whatever moves on the screen', async () => {
  const closed = await phone('/demo/join')
  await closed.waitForSelector('#enter:not([hidden])')
  await closed.waitForLoadState('networkidle')
  expect(await closed.textContent('#trouble')).toBe('')
  engine.socket.terminate()
  await expect.poll(() => demo.ask('GET', demoPaths.state), patience).toMatchObject({ body: { isLive: false } })
  const page = await phone('/demo/join')
  await expect.poll(() => page.textContent('#trouble'), patience).toContain('Nothing is live here')
})

describe('a phone', () => {
  it.each(names)('on %s has every notice, with its delay, its uncertainty and what the server counted', async name => {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    await pick(page, name)
    await isOpen(page, name)
    await expect.poll(() => page.textContent('#requests'), patience).toMatch(/^[1-9]/)
    for (let n = 1; n <= 3; n++) {
      await publish({ n })
      await has(page, n)
    }
    await expect
      .poll(() => page.textContent('#delay'), patience)
      .toMatch(/^-?[\d.]+ m?s late ± [\d.]+ ms ?median of the last \d+: /)
    await expect.poll(() => page.textContent('#bytes'), patience).toMatch(/^[\d.]+ k?B$/)
    await expect.poll(() => page.textContent('#behind'), patience).toBe('up to date')
    expect(await page.textContent('#lost')).toBe('0')
  })

  it('loses nothing and doubles nothing when it changes its transport in the middle of a stream', async () => {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    await isOpen(page, names[0]!)
    await page.evaluate(() => {
      const seen: string[] = []
      Object.assign(globalThis, { seen })
      new MutationObserver(() => seen.push(document.getElementById('seq')!.textContent!)).observe(
        document.getElementById('seq')!,
        { childList: true, characterData: true, subtree: true },
      )
    })
    await publish(0)
    await has(page, 1)
    let seq = 1
    for (const name of [...names.slice(1), names[0]!]) {
      const changed = pick(page, name)
      for (let i = 0; i < 5; i++) await publish(++seq)
      await changed
      await has(page, seq)
    }
    await expect.poll(() => page.textContent('#behind'), patience).toBe('up to date')
    expect(await page.textContent('#lost')).toBe('0')
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen)
    const seqs = seen.map(text => Number(text.split(' ')[1]))
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
    expect(new Set(seqs).size).toBe(seqs.length)
  })

  it('has what was picked last, also where its first transport was still loading', async () => {
    const context = await browser.newContext()
    contexts.push(context)
    const page = await context.newPage()
    let load = (): void => {}
    const mayLoad = new Promise<void>(resolve => {
      load = resolve
    })
    await page.route(new RegExp(`/${names[0]}-`), async route => {
      await mayLoad
      await route.continue()
    })
    await page.goto(`${demo.server.url}/demo/join/${CODE}`)
    await page.waitForSelector('#live:not([hidden])')
    for (const name of names.slice(1)) await pick(page, name)
    load()
    await isOpen(page, names.at(-1)!)
    await publish(1)
    await has(page, 1)
  })

  it('predicts what was tapped last, also where the first tap is under way for longer', async () => {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    engine.emit({ kind: 'scene', scene: 'one-notice', phase: 'ask' })
    const buttons = page.locator('#scene').getByRole('button')
    await buttons.first().waitFor()
    let letGo = (): void => {}
    const held = new Promise<void>(resolve => {
      letGo = resolve
    })
    const answered: string[] = []
    await page.route('**/api/demo/phones/vote', async route => {
      const { choice } = route.request().postDataJSON() as { choice: number }
      if (choice === 0) await held
      await route.continue()
    })
    page.on('response', response => {
      if (response.url().endsWith('/vote')) answered.push(response.request().postData()!)
    })
    const isAsked = page.waitForRequest('**/api/demo/phones/vote')
    await buttons.nth(0).click()
    await isAsked
    await buttons.nth(2).click()
    // Long enough for the second one to overtake, if it could.
    await page.evaluate(() => fetch('/api/time'))
    letGo()
    await expect.poll(() => answered.length, patience).toBe(2)
    await expect.poll(() => buttons.nth(2).getAttribute('aria-pressed'), patience).toBe('true')
    const watching = await demo.page()
    await expect
      .poll(() => watching.events().findLast(({ kind }) => kind === 'votes'), patience)
      .toMatchObject({ counts: [0, 0, 1, 0, 0, 0] })
  })

  it('picked after the class was over subscribes to nothing', async () => {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    await isOpen(page, names[0]!)
    // It does not hear of the end by its report.
    await page.route('**/api/demo/phones/report', () => {})
    engine.emit({ kind: 'end' })
    await expect.poll(async () => (await demo.ask('GET', '/api/demo')).body.isLive, patience).toBe(false)
    await pick(page, 'sse')
    await page.getByRole('heading', { name: 'The class is over' }).waitFor()
    const asked = page.waitForRequest('**/api/sse*', { timeout: 1500 }).then(
      () => 'subscribed',
      () => 'nothing',
    )
    expect(await asked).toBe('nothing')
    expect(demo.server.status().transports.sse!.requests).toBe(0)
  })

  it('whose transport’s script did not come subscribes with the next report', async () => {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    await isOpen(page, names[0]!)
    let aborted = 0
    await page.route(/\/sse-[^/]*\.js/, route => (aborted++ === 0 ? route.abort() : route.continue()))
    await pick(page, 'sse')
    await isOpen(page, 'sse')
    expect(aborted).toBeGreaterThan(1)
    await publish(1)
    await has(page, 1)
  })

  it('shows a question whose script came only the second time', async () => {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    let aborted = 0
    await page.route(/\/questions-[^/]*\.js/, route => (aborted++ === 0 ? route.abort() : route.continue()))
    engine.emit({ kind: 'scene', scene: 'one-notice', phase: 'ask' })
    await page.locator('#scene').getByRole('heading').waitFor()
    expect(aborted).toBeGreaterThan(1)
  })

  it('says so where the server’s answer never comes, and where its transport is refused for good', async () => {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    await isOpen(page, names[0]!)
    await page.route('**/api/sse*', route => route.fulfill({ status: 400, body: '{}' }))
    await pick(page, 'sse')
    await expect.poll(() => page.textContent('#trouble'), patience).toMatch(/400.* Pick another transport\.$/)
    await page.route('**/api/demo/phones/report', () => {}, { times: 1 })
    await expect.poll(() => page.textContent('#trouble'), { timeout: 20_000 }).toContain('does not answer')
    await expect.poll(() => page.textContent('#trouble'), { timeout: 20_000 }).toMatch(/Pick another transport\.$/)
  })

  it('that was offline catches up', async () => {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    await isOpen(page, names[0]!)
    await publish(1)
    await has(page, 1)
    await contexts[0]!.setOffline(true)
    await expect.poll(() => page.textContent('#trouble'), patience).toMatch(/again …$/)
    for (let n = 2; n <= 6; n++) await publish(n)
    await contexts[0]!.setOffline(false)
    await has(page, 6)
    await expect.poll(() => page.textContent('#trouble'), { timeout: 15_000 }).toBe('')
    expect(await page.textContent('#lost')).toBe('0')
  })

  it('that waits for its next poll says how many notices it is behind, and then for how long', async () => {
    engine.emit({ ...knobs, pollIntervalMs: 30_000 })
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    await pick(page, 'short-polling')
    await isOpen(page, 'short-polling')
    await publish(1)
    await expect.poll(() => page.textContent('#behind'), patience).toMatch(/^1 notice( for|$)/)
    await publish(2)
    await expect.poll(() => page.textContent('#behind'), patience).toMatch(/^2 notices for [\d.]+ s$/)
  })

  it.each(['went on', 'stood still'])(
    'that slept says for how long, and what came since, where the clock %s',
    async clock => {
      const page = await phone()
      // As performance.now() on a device that sleeps: three seconds without a call of it did not happen.
      if (clock === 'stood still') {
        await page.addInitScript(() => {
          const real = performance.now.bind(performance)
          let [called, told] = [real(), real()]
          performance.now = () => {
            const at = real()
            told += at - called > 3000 ? 0 : at - called
            called = at
            return told
          }
          setInterval(() => performance.now(), 100)
        })
        await page.reload()
      }
      await page.waitForSelector('#live:not([hidden])')
      await pick(page, 'websocket')
      await isOpen(page, 'websocket')
      await publish(1)
      await has(page, 1)
      const session = await contexts[0]!.newCDPSession(page)
      // Held in the debugger, no timer of the page runs and nothing is read, as on a phone that sleeps.
      await session.send('Debugger.enable')
      const paused = new Promise(resolve => session.once('Debugger.paused', resolve))
      await session.send('Debugger.pause')
      await paused
      for (let n = 2; n <= 8; n++) await publish(n)
      await new Promise(resolve => setTimeout(resolve, 4500))
      await session.send('Debugger.resume')
      await expect
        .poll(() => page.textContent('#woke'), patience)
        .toMatch(/^Asleep for [\d.]+ s, caught up \d+ notices? in .+, lost 0\.$/)
      await has(page, 8)
      await publish(9)
      await has(page, 9)
      await expect.poll(() => page.textContent('#delay'), patience).toMatch(/^-?[\d.]+ m?s late/)
      expect(await page.textContent('#delay')).not.toMatch(/^-[\d.]+ s/)
    },
  )
})

describe('two phones', () => {
  it('are two clients on two transports, and both have everything', async () => {
    const [a, b] = [await phone(), await phone()]
    for (const page of [a, b]) await page.waitForSelector('#live:not([hidden])')
    expect(await a.textContent('#transport')).not.toBe(await b.textContent('#transport'))
    expect([await a.textContent('#number'), await b.textContent('#number')]).toEqual(['1', '2'])
    await expect
      .poll(() => names.slice(0, 2).every(name => demo.server.status().transports[name]!.requests > 0), patience)
      .toBe(true)
    for (let n = 1; n <= 5; n++) await publish(n)
    await has(a, 5)
    await has(b, 5)
  })

  it('predict with a tap, change their mind, and see the point at the reveal', async () => {
    const page = await phone()
    const watching = await demo.page()
    await page.waitForSelector('#live:not([hidden])')
    engine.emit({ kind: 'scene', scene: 'one-notice', phase: 'ask' })
    const scene = page.locator('#scene')
    await scene.getByRole('heading', { name: /Who hears of them last/ }).waitFor()
    const buttons = scene.getByRole('button')
    expect(await buttons.count()).toBe(names.length)
    await buttons.nth(0).click()
    await buttons.nth(2).click()
    await expect.poll(() => buttons.nth(2).getAttribute('aria-pressed'), patience).toBe('true')
    expect(await buttons.nth(0).getAttribute('aria-pressed')).toBe('false')
    await expect
      .poll(() => watching.events().findLast(({ kind }) => kind === 'votes'), patience)
      .toMatchObject({ counts: [0, 0, 1, 0, 0, 0] })
    engine.emit({ kind: 'scene', scene: 'one-notice', phase: 'reveal' })
    await scene.getByText('half the interval on average').waitFor()
    engine.emit({ kind: 'scene', scene: 'one-notice', phase: 'over' })
    await expect.poll(() => scene.isHidden(), patience).toBe(true)
  })
})

describe('a phone’s place', () => {
  const number = async (page: Page) => {
    await page.waitForSelector('#live:not([hidden])')
    return page.textContent('#number')
  }
  const phones = async (of = demo) => (await of.ask('GET', '/api/demo')).body.phones
  /** Heard of by the class: its last report was answered. */
  const reported = (page: Page) => page.waitForResponse(response => response.url().endsWith('/report') && response.ok())

  it('is kept by a browser that refuses cookies and keeps nothing: it joins once, whatever happens to its connection', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-phone-test-'))
    await mkdir(join(folder, 'Default'))
    const blocked = { profile: { default_content_setting_values: { cookies: 2 } } }
    await writeFile(join(folder, 'Default', 'Preferences'), JSON.stringify(blocked))
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: chromiumPath(),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'],
    })
    try {
      const page = await context.newPage()
      await page.goto(`${demo.server.url}/demo/join/${CODE}`)
      const kept = page.evaluate(() => {
        try {
          return `${localStorage.length} are kept`
        } catch (error) {
          return String(error)
        }
      })
      expect(await kept).toContain('denied')
      expect(await number(page)).toBe('1')
      expect(await page.isVisible('#kept')).toBe(true)
      await reported(page)
      for (let i = 0; i < 3; i++) {
        await context.setOffline(true)
        await expect.poll(() => page.textContent('#trouble'), patience).toMatch(/again …$/)
        await context.setOffline(false)
        await reported(page)
        await page.reload()
        expect(await number(page)).toBe('1')
        await reported(page)
      }
      await pick(page, 'websocket')
      await isOpen(page, 'websocket')
      await publish(1)
      await has(page, 1)
      await expect.poll(() => page.textContent('#requests'), patience).toMatch(/^[1-9]/)
      expect(await phones()).toBe(1)
    } finally {
      await context.close()
      await rm(folder, { recursive: true, force: true })
    }
  }, 90_000)

  it('is one in each of two demos that one browser is in, on two ports of one host', async () => {
    const other = await startDemoServer()
    try {
      ;(await other.engine()).emit({ kind: 'start', version: 1, startedAtMs: 0, lanes: names }, knobs)
      await expect.poll(async () => (await other.ask('GET', '/api/demo')).body.isLive, patience).toBe(true)
      await other.ask('POST', '/api/demo/phones', { code: CODE, key: newKey() })
      const here = await phone()
      const there = await contexts[0]!.newPage()
      await there.goto(`${other.server.url}/demo/join/${CODE}`)
      for (let i = 0; i < 2; i++) {
        expect([await number(here), await number(there)]).toEqual(['1', '2'])
        // Each of them twice: what the one was told must not be what the other one shows.
        for (const page of [here, there, here, there]) await reported(page)
        expect([await phones(), await phones(other)]).toEqual([1, 2])
        await Promise.all([here.reload(), there.reload()])
      }
      expect(await here.isVisible('#kept')).toBe(false)
    } finally {
      await contexts[0]!.close()
      await other.close()
    }
  })

  it('is found by a page that is opened anew, and left by one that is closed', async () => {
    const page = await phone()
    expect(await number(page)).toBe('1')
    await page.close()
    await expect.poll(() => phones(), patience).toBe(0)
    await demo.ask('POST', '/api/demo/phones', { code: CODE, key: newKey() })
    const again = await contexts[0]!.newPage()
    await again.goto(`${demo.server.url}/demo/join/${CODE}`)
    expect(await number(again)).toBe('1')
    expect(await phones()).toBe(2)
  })

  it('is taken once, where the answer to its joining was lost', async () => {
    const page = await phone('/demo/join')
    await page.route(
      '**/api/demo/phones',
      async route => {
        await route.fetch()
        await route.abort()
      },
      { times: 1 },
    )
    await page.fill('#code', CODE)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('#trouble'), patience).toContain('does not answer')
    await page.keyboard.press('Enter')
    expect(await number(page)).toBe('1')
    expect(await phones()).toBe(1)
  })

  it('is asked for once more by a class that does not know it, and then the page says so', async () => {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    let joins = 0
    page.on('request', request => {
      if (request.url().endsWith('/api/demo/phones')) joins++
    })
    await page.route('**/api/demo/phones/report', route => route.fulfill({ status: 401, body: '{}' }))
    await expect.poll(() => page.textContent('#trouble'), patience).toContain('Load the page again')
    let reports = 0
    page.on('request', request => {
      if (request.url().endsWith('/report')) reports++
    })
    await expect.poll(() => reports, { timeout: 30_000 }).toBe(2)
    expect(joins).toBe(1)
    expect(await phones()).toBe(1)
  })

  it('is had again in a class whose server was started anew, and lost in another class, in words', async () => {
    const page = await phone()
    expect(await number(page)).toBe('1')
    engine = await demo.engine()
    await reported(page)
    await expect.poll(() => phones(), patience).toBe(1)
    const another = await demo.open(`ws+unix://${demo.control}:/api/demo/engine`)
    another.send(JSON.stringify({ start: { startedAtMs: Date.now(), token: 't', code: 'ABCD', joinUrls: [] } }))
    await page.getByRole('heading', { name: `This phone is out: "${CODE}" is not the code on the screen` }).waitFor()
  })
})

describe('clocks that part', () => {
  afterEach(() => void vi.restoreAllMocks())

  /** All that the phone has said of its delay. */
  const said = (page: Page) => page.evaluate(() => (globalThis as unknown as { said: string[] }).said)
  async function heard(page: Page): Promise<void> {
    await page.evaluate(() => {
      const said: string[] = []
      Object.assign(globalThis, { said })
      const place = document.getElementById('delay')!
      new MutationObserver(() => said.push(place.textContent!)).observe(place, { childList: true })
    })
  }
  async function following(): Promise<Page> {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    await pick(page, 'websocket')
    await isOpen(page, 'websocket')
    await publish(0)
    await expect.poll(() => page.textContent('#delay'), patience).toMatch(/ms late/)
    await heard(page)
    return page
  }
  /** Until it tells delays again, of a notice that came after the clocks had parted. */
  async function tells(page: Page): Promise<void> {
    const from = (await said(page)).length
    await expect
      .poll(
        async () => {
          await publish(1)
          return (await said(page)).slice(from).some(text => text.includes('late'))
        },
        { ...patience, interval: 200 },
      )
      .toBe(true)
  }

  it.each([-3_600_000, 3_600_000])(
    'are compared again where the server’s was set by %i ms, and no delay is told by the old ones',
    async stepMs => {
      const page = await following()
      const { now } = Date
      vi.spyOn(Date, 'now').mockImplementation(() => now() + stepMs)
      const compared = page.waitForResponse('**/api/time')
      await publish(1)
      await compared
      await tells(page)
      for (const text of await said(page)) expect(text).toMatch(/^$|^-?\d{1,3} ms late/)
    },
  )

  it('are compared again where the phone’s own was set', async () => {
    const page = await following()
    const compared = page.waitForResponse('**/api/time')
    await page.evaluate(() => {
      const { now } = Date
      Date.now = () => now() - 3_600_000
    })
    await compared
    await tells(page)
    for (const text of await said(page)) expect(text).toMatch(/^$|^-?\d{1,3} ms late/)
    expect(await page.textContent('#trouble')).toBe('')
  })
})

describe('who may not join', () => {
  it('types the code by hand, and is told what is wrong with it', async () => {
    const page = await phone('/demo/join')
    await page.fill('#code', 'AAAA')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.textContent('#trouble'), patience).toContain('"AAAA" is not the code on the screen')
    await page.fill('#code', CODE.toLowerCase())
    await page.keyboard.press('Enter')
    await page.waitForSelector('#live:not([hidden])')
    expect(new URL(page.url()).pathname).toBe(`/demo/join/${CODE}`)
  })

  it('who taps twice is one phone', async () => {
    const page = await phone('/demo/join')
    let letGo = (): void => {}
    const held = new Promise<void>(resolve => {
      letGo = resolve
    })
    let asked = 0
    await page.route('**/api/demo/phones', async route => {
      asked++
      await held
      await route.continue()
    })
    await page.fill('#code', CODE)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.evaluate(() => fetch('/api/time'))
    letGo()
    await page.waitForSelector('#live:not([hidden])')
    await isOpen(page, names[0]!)
    expect(asked).toBe(1)
    expect((await demo.ask('GET', '/api/demo')).body.phones).toBe(1)
  })

  it('is told that the class is over, and nothing goes on', async () => {
    const page = await phone()
    await page.waitForSelector('#live:not([hidden])')
    engine.emit({ kind: 'end' })
    await page.getByRole('heading', { name: 'The class is over' }).waitFor()
    const requests: string[] = []
    await expect
      .poll(() => Object.values(demo.server.status().transports).reduce((sum, { open }) => sum + open, 0), patience)
      .toBe(0)
    page.on('request', request => requests.push(request.url()))
    await page.waitForTimeout(1500)
    expect(requests).toEqual([])
  })
})

describe('the page', () => {
  it.each(names)('needs little until its first notice on %s', async name => {
    const budget = name === 'socket-io' ? 26_000 : 12_000
    const context = await browser.newContext()
    contexts.push(context)
    const page = await context.newPage()
    // Those before it take the transports before it.
    for (let i = 0; i < names.indexOf(name); i++)
      await demo.ask('POST', '/api/demo/phones', { code: CODE, key: newKey() })
    const loaded: Promise<number>[] = []
    page.on('response', response => {
      if (/\.(js|css|html)$|\/demo\/join/.test(new URL(response.url()).pathname))
        loaded.push(response.body().then(body => gzipSync(body).length))
    })
    await page.goto(`${demo.server.url}/demo/join/${CODE}`)
    await page.waitForSelector('#live:not([hidden])')
    await isOpen(page, name)
    await publish(1)
    await has(page, 1)
    const bytes = (await Promise.all(loaded)).reduce((sum, each) => sum + each, 0)
    expect(bytes).toBeLessThanOrEqual(budget)
  })

  it.each(['light', 'dark'] as const)('is accessible in %s', async colorScheme => {
    const page = await phone(undefined, { colorScheme })
    await page.waitForSelector('#live:not([hidden])')
    engine.emit({ kind: 'scene', scene: 'burst-of-20', phase: 'ask' })
    await page.locator('#scene').getByRole('heading').waitFor()
    await publish(1)
    expect(await violationsOf(page)).toEqual([])
  })

  it('has room on the narrowest screen, and large targets', async () => {
    const page = await phone(undefined, { viewport: { width: 320, height: 568 } })
    await page.waitForSelector('#live:not([hidden])')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
    for (const box of await page.locator('.pick').all())
      expect((await box.boundingBox())!.height).toBeGreaterThanOrEqual(44)
  })
})

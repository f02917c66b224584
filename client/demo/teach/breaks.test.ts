// The teacher's page in a real browser where things come late, twice, out of order, or not at all.
import { readFile } from 'node:fs/promises'
import type { Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type DemoEvent, demoPaths } from '../../../server/demo/wire.ts'
import { type Class, inClass, recorded, startClass, TOKEN } from '../class.fixture.ts'
import { fixtureLog } from '../log.fixture.ts'

// Many pages, on whatever machine.
vi.setConfig({ testTimeout: 90_000 })

let room: Class
beforeAll(async () => {
  room = await startClass()
})
afterAll(() => room?.end())
afterEach(async () => expect(await room.leave()).toEqual([]))

const patience = { timeout: 20_000, interval: 50 }
const log = fixtureLog({ lastsMs: 12_000 })
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' })
const mode = (page: Page) => () => page.locator('.mode').textContent()
const alert = (page: Page) => () => page.locator('[role=alert]').textContent()
const standing = (page: Page) => () => page.locator('.standing').textContent()
const isShown = (page: Page): Promise<void> => page.locator('.lane').first().waitFor()

async function teach(): Promise<Page> {
  room.live(log, log.at(-1)!.t)
  const page = await room.open(`${demoPaths.teach}#token=${TOKEN}`)
  await isShown(page)
  await expect.poll(() => button(page, 'Publish one').isEnabled(), patience).toBe(true)
  return page
}

/** The pages have heard of all that was told until now: the round trip says so. */
async function heard(page: Page, rttMs: 50 | 600): Promise<void> {
  room.tell([{ t: room.nowMs(), kind: 'knobs', ratePerSecond: 0, pollIntervalMs: 2000, rttMs, clients: 1 }])
  await expect.poll(() => page.getByLabel(`${rttMs} ms`, { exact: true }).isChecked(), patience).toBe(true)
}

/** Its next frame has been drawn. */
const drawn = (page: Page): Promise<unknown> =>
  page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))))

const openFile = (page: Page, content: string, name: string) =>
  page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content) })

async function saved(page: Page): Promise<DemoEvent[]> {
  const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Stop and save').click()])
  const content = await readFile(await file.path(), 'utf8')
  return content
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as DemoEvent)
}

/** Requests of `path`, held until they are let go. */
async function hold(page: Page, path: string) {
  const held: Route[] = []
  await page.route(`**${path}`, route => void held.push(route))
  return held
}

describe('a connection that breaks', () => {
  it('leaves the page paused where it was, counting from where it was told to', async () => {
    const page = await teach()
    await button(page, 'Count from here').click()
    await button(page, 'Pause').click()
    const requests = page.locator('[data-lane=short-polling] [data-figure=requests]')
    await expect.poll(async () => (await requests.textContent())!.replace(/\D/g, ''), patience).toBe('0')
    room.drop()
    await heard(page, 600)
    expect(await mode(page)()).toBe('paused')
    expect((await requests.textContent())!.replace(/\D/g, '')).toBe('0')
  })

  it('is noticed where it only falls silent, and replaced', async () => {
    await teach()
    let isSilent = false
    await room.context.routeWebSocket(`**${demoPaths.telemetry}`, socket => {
      const server = socket.connectToServer()
      server.onMessage(message => {
        if (!isSilent) socket.send(message)
      })
    })
    const page = await room.openBeside(demoPaths.teach)
    await expect.poll(mode(page), patience).toBe('live')
    isSilent = true
    const held = await hold(page, '/api/demo')
    await expect.poll(standing(page), { ...patience, timeout: 40_000 }).toContain('The server does not answer')
    isSilent = false
    await page.unroute('**/api/demo')
    await Promise.all(held.map(route => route.abort().catch(() => {})))
    await expect.poll(mode(page), patience).toBe('live')
    await heard(page, 600)
  })

  it('leaves no hole in a recording, and another class is not put into it', async () => {
    const page = await teach()
    await button(page, 'Record').click()
    room.drop()
    room.tell([{ t: room.nowMs(), kind: 'publish', seq: 77, count: 1 }])
    await heard(page, 600)
    room.drop()
    await heard(page, 50)
    const seqs = (await saved(page)).flatMap(event => (event.kind === 'publish' && event.seq > 2 ? [event.seq] : []))
    expect(seqs).toEqual([77])

    await button(page, 'Record').click()
    const other = log.map(event => (event.kind === 'start' ? { ...event, startedAtMs: 5 } : event))
    room.live([...other, { t: 12_000, kind: 'publish', seq: 99, count: 1 }], 12_000)
    room.drop()
    await expect.poll(alert(page), patience).toContain('Nothing is recorded now: this is another class.')
    expect((await saved(page)).some(event => event.kind === 'publish' && event.seq === 99)).toBe(false)
  })
})

describe('a server', () => {
  it('that does not answer yet is waited for', async () => {
    room.recording = recorded(log)
    const page = await room.open(demoPaths.teach)
    await page.route('**/api/demo', route => route.abort())
    await page.route('**/api/demo/recording', route => route.abort())
    await page.reload()
    await expect.poll(standing(page), patience).toContain('The server does not answer')
    await page.unrouteAll({ behavior: 'wait' })
    await expect.poll(standing(page), patience).toContain('A recorded class')
    await isShown(page)
  })

  it('that does not tell its log is waited for as well, and that is said', async () => {
    await teach()
    await room.context.routeWebSocket(`**${demoPaths.telemetry}`, socket => socket.close({ code: 1013 }))
    const page = await room.openBeside(demoPaths.teach)
    await expect.poll(standing(page), patience).toContain('The server does not answer')
  })

  it('that once does not say how things stand takes nothing away, nor does an answer from before a change', async () => {
    const page = await teach()
    await page.locator('.join-code').waitFor()
    let failed = 0
    await page.route('**/api/demo', route => (failed++ === 0 ? route.fulfill({ status: 500 }) : route.fallback()))
    await expect.poll(() => failed, patience).toBeGreaterThan(0)
    await drawn(page)
    expect(await page.locator('.join-code').count()).toBe(1)

    const held = await hold(page, '/api/demo')
    await expect.poll(() => held.length, patience).toBe(1)
    const before = room.state
    room.state = { ...inClass, isLocked: true }
    await button(page, 'Let nobody else join').click()
    await button(page, 'Let phones join').waitFor()
    const answered = page.waitForResponse('**/api/demo')
    await held[0]!.fulfill({ json: before })
    await (await answered).finished()
    await drawn(page)
    expect(await button(page, 'Let phones join').getAttribute('aria-pressed')).toBe('true')
  })

  it('whose session was ended says so at once, though its lanes go on, and still when it is gone', async () => {
    const page = await teach()
    room.tell([{ t: room.nowMs(), kind: 'end' }])
    await expect.poll(standing(page), patience).toContain('The session has ended.')
    room.state = { ...inClass, isLive: false, code: null, joinUrls: [] }
    await expect.poll(mode(page), patience).toBe('paused · ended')
    const gone: string[] = []
    await page.route('**/api/demo', route => {
      gone.push(route.request().url())
      return route.abort()
    })
    await expect.poll(() => gone.length, patience).toBeGreaterThan(1)
    expect(await standing(page)()).toContain('The session has ended.')
  })
})

describe('the stage beside it', () => {
  it('stands where the page stands, opened late or after a recording was closed', async () => {
    const page = await teach()
    await button(page, 'Pause').click()
    const stage = await room.openBeside(demoPaths.stage)
    await isShown(stage)
    await expect.poll(mode(stage), patience).toBe('paused')
    await page.bringToFront()
    await openFile(page, recorded(log), 'other.ndjson')
    // The button that opened it has the focus still.
    await page.locator('input[type=file]').focus()
    await page.keyboard.press('k')
    await expect.poll(mode(page), patience).toBe('paused · recorded')
    await button(page, 'Close other.ndjson').click()
    await expect.poll(mode(page), patience).toBe('live')
    await expect.poll(mode(stage), patience).toBe('live')
  })
})

describe('a stage that is live already', () => {
  it('is not led by a page that still plays the recorded class', async () => {
    const old = log.map(event => (event.kind === 'start' ? { ...event, startedAtMs: 5 } : event))
    room.recording = recorded(old)
    const page = await room.open(demoPaths.teach)
    await expect.poll(standing(page), patience).toContain('A recorded class')
    await page.route('**/api/demo', route => route.fulfill({ json: { ...inClass, isLive: false } }))
    room.live(log, log.at(-1)!.t)
    const stage = await room.openBeside(demoPaths.stage)
    await isShown(stage)
    await page.getByLabel('Theme').selectOption('dark')
    await expect.poll(() => stage.evaluate(() => document.documentElement.dataset.theme), patience).toBe('dark')
    expect(await mode(stage)()).toBe('live')
  })
})

describe('what is asked for', () => {
  it('is the next session’s where its address is entered on the last one’s page', async () => {
    room.live(log, 12_000)
    const page = await room.open(`${demoPaths.teach}#token=of-yesterday`)
    await isShown(page)
    await button(page, 'Publish one').click()
    await expect.poll(alert(page), patience).toContain('does not accept this page’s token')
    await page.goto(`${room.base}${demoPaths.teach}#token=${TOKEN}`)
    await expect.poll(() => new URL(page.url()).hash, patience).toBe('')
    await button(page, 'Publish one').click()
    await expect.poll(() => room.actions, patience).toEqual([{ action: 'publish', count: 1 }])
  })

  it('is nothing while a recording is looked at, by keys neither', async () => {
    const page = await teach()
    await openFile(page, recorded(log), 'other.ndjson')
    await expect.poll(standing(page), patience).toContain('Playing other.ndjson')
    for (const key of ['p', 'b', 'x', 'n']) await page.keyboard.press(key)
    await expect.poll(alert(page), patience).toContain('goes on unseen behind other.ndjson')
    await button(page, 'Close other.ndjson').click()
    await expect.poll(() => page.locator('.hidden-text[role=status]').textContent(), patience).not.toContain('Playing')
    await button(page, 'Publish one').click()
    await expect.poll(() => room.actions, patience).toEqual([{ action: 'publish', count: 1 }])
  })

  it('is taken from a browser that may keep nothing', async () => {
    await teach()
    await room.context.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage'])
        Object.defineProperty(window, name, {
          get: () => {
            throw new DOMException('Access is denied for this document.', 'SecurityError')
          },
        })
    })
    const page = await room.openBeside(`${demoPaths.teach}#token=${TOKEN}`)
    await page.getByLabel('Single keys act').uncheck()
    await page.keyboard.press('p')
    await button(page, 'Publish 20').click()
    await expect.poll(() => room.actions, patience).toEqual([{ action: 'publish', count: 20 }])
  })

  it('is served in its order, and a knob stays where it is held meanwhile', async () => {
    const page = await teach()
    const knob = page.locator('[data-knob=clients]')
    const move = (step: number, ...types: string[]) =>
      knob.evaluate(
        (input: HTMLInputElement, [step, types]) => {
          input.value = String(step)
          for (const type of types) input.dispatchEvent(new Event(type, { bubbles: true }))
        },
        [step, types] as const,
      )
    const held = await hold(page, demoPaths.act)
    await move(2, 'input', 'change')
    await expect.poll(() => held.length, patience).toBe(1)
    await page.keyboard.press('p')
    await move(4, 'input')
    await drawn(page)
    expect(held).toHaveLength(1)
    const answered = page.waitForResponse(`**${demoPaths.act}`)
    await held[0]!.continue()
    await answered
    await expect.poll(() => held.length, patience).toBe(2)
    await drawn(page)
    expect(await knob.inputValue()).toBe('4')
    await held[1]!.continue()
    await page.unrouteAll({ behavior: 'wait' })
    await move(4, 'change')
    await expect
      .poll(() => room.actions, patience)
      .toEqual([
        { action: 'knobs', clients: 5 },
        { action: 'publish', count: 1 },
        { action: 'knobs', clients: 25 },
      ])
  })

  it('is given up together where nothing answers, not done long after', async () => {
    const page = await teach()
    const held = await hold(page, demoPaths.act)
    await page.keyboard.press('p')
    await page.keyboard.press('x')
    await expect.poll(alert(page), patience).toContain('The server does not answer')
    await drawn(page)
    expect(held).toHaveLength(1)
    // The page has given it up; what is held must not go on once nothing is held any more.
    for (const route of held) await route.abort()
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await button(page, 'Publish 20').click()
    await expect.poll(() => room.actions, patience).toEqual([{ action: 'publish', count: 20 }])
  })

  it('is the next step once, however the button is hit, and no end by a key held too long', async () => {
    const page = await teach()
    await page.locator('button.main').dblclick()
    await button(page, /^End the session/).focus()
    // A key that is held presses again and again.
    await page.keyboard.down('Enter')
    await page.locator('dialog[open]').waitFor()
    await page.keyboard.down('Enter')
    await page.keyboard.up('Enter')
    await expect.poll(() => page.locator('dialog[open]').count(), patience).toBe(0)
    await button(page, 'Publish one').click()
    await expect
      .poll(() => room.actions, patience)
      .toEqual([
        { action: 'scene', scene: 'quiet-inbox', phase: 'ask' },
        { action: 'publish', count: 1 },
      ])
  })
})

describe('a recording', () => {
  it('is the one that was chosen last, though one before it takes longer to read', async () => {
    const page = await teach()
    await page.evaluate(() => {
      const { text } = Blob.prototype
      Blob.prototype.text = async function (this: Blob) {
        if ((this as File).name === 'large.ndjson') await new Promise(resolve => addEventListener('let-go', resolve))
        return text.call(this)
      }
    })
    await openFile(page, recorded(log), 'large.ndjson')
    await openFile(page, recorded(log), 'small.ndjson')
    await expect.poll(standing(page), patience).toContain('Playing small.ndjson')
    await page.evaluate(() => dispatchEvent(new Event('let-go')))
    await drawn(page)
    expect(await standing(page)()).toContain('Playing small.ndjson')
  })
})

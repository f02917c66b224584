// The teacher's page in a real browser: every control, the playhead over one log, recordings, keys, and who may act.
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Action, type DemoEvent, demoPaths } from '../../../server/demo/wire.ts'
import { violationsOf } from '../../axe.fixture.ts'
import { type Class, inClass, recorded, startClass, TOKEN } from '../class.fixture.ts'
import { fixtureLog } from '../log.fixture.ts'
import { sceneOf, scenes } from '../scenes.ts'
import { notes } from './notes.ts'

// Many pages, on whatever machine.
vi.setConfig({ testTimeout: 90_000 })

let room: Class
beforeAll(async () => {
  room = await startClass()
})
afterAll(() => room?.end())
afterEach(async () => expect(await room.leave()).toEqual([]))

const patience = { timeout: 20_000, interval: 50 }
const text = async (selector: string): Promise<string> => (await room.page.locator(selector).first().textContent())!
const button = (name: string | RegExp) => room.page.getByRole('button', { name, exact: typeof name === 'string' })

async function teach(options: { log?: readonly DemoEvent[] } & Parameters<Class['open']>[1] = {}): Promise<Page> {
  const { log = fixtureLog({ lastsMs: 12_000 }), ...rest } = options
  room.live(log, log.at(-1)!.t)
  const page = await room.open(`${demoPaths.teach}#token=${TOKEN}`, rest)
  await page.locator('.lane').first().waitFor()
  await expect.poll(() => button('Publish one').isEnabled(), patience).toBe(true)
  return page
}

/** A recorded class, paused at a moment. */
async function pausedAt(atMs: number, log = fixtureLog({ lastsMs: 12_000 })): Promise<Page> {
  room.recording = recorded(log)
  const page = await room.open(demoPaths.teach)
  await page.locator('.lane').first().waitFor()
  await scrubTo(page, atMs)
  return page
}

async function scrubTo(page: Page, atMs: number): Promise<void> {
  await page.locator('.scrub input').evaluate((input: HTMLInputElement, atMs) => {
    input.value = String(atMs)
    input.dispatchEvent(new Event('input', { bubbles: true }))
  }, atMs)
  await drawn(page)
}

/** Where the playhead of a recording is, ms. */
const moment = async (): Promise<number> => {
  const [, minutes, seconds] = /^(\d+):([\d.]+) of/.exec(await text('.moment'))!
  return Math.round((Number(minutes) * 60 + Number(seconds)) * 1000)
}

/** The next frame has been drawn. */
const drawn = (page: Page): Promise<unknown> =>
  page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))))

describe('who may act', () => {
  it('is whoever brings the token, which leaves the address at once and stays with the tab', async () => {
    const page = await teach()
    expect(new URL(page.url()).hash).toBe('')
    await page.reload()
    await button('Publish one').click()
    await expect.poll(() => room.actions, patience).toEqual([{ action: 'publish', count: 1 }])
  })

  it('is nobody without one: the page can look', async () => {
    const log = fixtureLog({})
    room.live(log, log.at(-1)!.t)
    await room.open(demoPaths.teach)
    await expect.poll(() => text('.standing'), patience).toContain('it has no token')
    for (const name of ['Publish one', 'Publish 20', /Cut the network for/, 'Quiet inbox', /End the session/])
      expect(await button(name).isDisabled(), String(name)).toBe(true)
    await room.page.keyboard.press('p')
    await expect.poll(() => text('[role=alert]'), patience).toContain('it can look, not act')
    expect(room.actions).toEqual([])
  })

  it('is told in words what was refused, until something works', async () => {
    await teach()
    room.refuse = { status: 401 }
    await button('Publish one').click()
    await expect.poll(() => text('[role=alert]'), patience).toContain('does not accept this page’s token')
    room.refuse = { status: 429, detail: '"count" must be at most 50, got <b>51</b>' }
    await button('Publish one').click()
    await expect.poll(() => text('[role=alert]'), patience).toContain('got <b>51</b>')
    await button('Publish one').click()
    await expect.poll(() => text('[role=alert]'), patience).toBe('')
  })
})

describe('controls', () => {
  const set = (knob: string, step: number) =>
    room.page.locator(`[data-knob=${knob}]`).evaluate((input: HTMLInputElement, step) => {
      input.value = String(step)
      input.dispatchEvent(new Event('input', { bubbles: true }))
      input.dispatchEvent(new Event('change', { bubbles: true }))
    }, step)
  const presses: [what: string, press: () => Promise<unknown>, asks: Action][] = [
    ['one notice', () => button('Publish one').click(), { action: 'publish', count: 1 }],
    ['a burst', () => button('Publish 20').click(), { action: 'publish', count: 20 }],
    ['a cut', () => button(/^Cut the network for/).click(), { action: 'cut', forMs: 6000 }],
    ['the rate', () => set('ratePerSecond', 5), { action: 'knobs', ratePerSecond: 5 }],
    ['the poll interval', () => set('pollIntervalMs', 1), { action: 'knobs', pollIntervalMs: 500 }],
    ['the clients', () => set('clients', 4), { action: 'knobs', clients: 25 }],
    ['the round trip', () => room.page.getByLabel('600 ms').check(), { action: 'knobs', rttMs: 600 }],
    ['a lock', () => button('Let nobody else join').click(), { action: 'lock', isLocked: true }],
    ...scenes.map(({ id, title }): (typeof presses)[number] => [
      `the scene ${title}`,
      () => button(title).click(),
      { action: 'scene', scene: id, phase: 'ask' },
    ]),
  ]
  it('ask for what they say', async () => {
    await teach()
    for (const [what, press, asks] of presses) {
      const before = room.actions.length
      await press()
      await expect.poll(() => room.actions.slice(before), { ...patience, message: what }).toEqual([asks])
    }
  })

  it('lead through all scenes with one button: ask, run, reveal, the next one', async () => {
    const page = await teach()
    const expected: Action[] = []
    for (const [index, { id, title }] of scenes.entries()) {
      const following = scenes[index + 1]
      for (const [phase, next] of [
        ['ask', `Run: ${title}`],
        ['run', 'Reveal now'],
        ['reveal', following ? `Ask: ${following.title}` : 'End the scene'],
      ] as const) {
        await page.locator('button.main').click()
        expected.push({ action: 'scene', scene: id, phase })
        await expect.poll(() => room.actions, patience).toEqual(expected)
        room.tell([{ t: room.nowMs(), kind: 'scene', scene: id, phase }])
        await expect.poll(() => text('button.main'), patience).toBe(next)
      }
    }
    await button('Leave the scene').click()
    await expect
      .poll(() => room.actions.at(-1), patience)
      .toEqual({ action: 'scene', scene: scenes.at(-1)!.id, phase: 'over' })
  })

  it('wait with a reveal that is too early, and say until when', async () => {
    const page = await teach()
    const cut = sceneOf('cut-the-network')!
    room.tell([
      { t: room.nowMs(), kind: 'scene', scene: cut.id, phase: 'run' },
      { t: room.nowMs() + 1, kind: 'waiting', scene: cut.id },
    ])
    await expect.poll(() => text('button.main'), patience).toBe('The reveal waits')
    expect(await page.locator('button.main').isDisabled()).toBe(true)
    await expect.poll(() => text('.scenes'), patience).toContain('waits until everybody is back and has everything.')
    await page.keyboard.press('n')
    await button('Publish one').click()
    await expect.poll(() => room.actions, patience).toEqual([{ action: 'publish', count: 1 }])
    room.tell([{ t: room.nowMs(), kind: 'scene', scene: cut.id, phase: 'reveal' }])
    await expect.poll(() => text('button.main'), patience).toBe('Ask: On the wire')
  })

  it('have a note on the scene that stands, closed at first, with the claim that it rests on', async () => {
    const page = await teach()
    const [quiet, one] = scenes
    for (const { id } of [quiet!, one!]) {
      room.tell([{ t: room.nowMs(), kind: 'scene', scene: id, phase: 'ask' }])
      const note = page.locator('.note')
      await note.waitFor()
      await expect.poll(() => note.getAttribute('open'), patience).toBeNull()
      // What it says is fetched when it is opened.
      await note.locator('summary').click()
      await expect.poll(() => note.locator('p').first().textContent(), patience).toBe(notes[id]!.point)
      expect(await note.locator('a').first().getAttribute('href')).toBe(`../#claims&claim=${notes[id]!.claims[0]!.id}`)
    }
  })

  it('ask before they end the session', async () => {
    await teach()
    await button(/^End the session/).click()
    await button('Go on').click()
    expect(room.actions).toEqual([])
    await button(/^End the session/).click()
    await button('End it').click()
    await expect.poll(() => room.actions, patience).toEqual([{ action: 'end' }])
  })

  it('show what the engine says, not what was wished', async () => {
    const page = await teach()
    await set('ratePerSecond', 7)
    await expect.poll(() => page.locator('[data-knob=ratePerSecond]').inputValue(), patience).toBe('0')
    room.tell([{ t: room.nowMs(), kind: 'knobs', ratePerSecond: 2, pollIntervalMs: 8000, rttMs: 50, clients: 10 }])
    await expect
      .poll(() => page.locator('[data-knob=ratePerSecond]').getAttribute('aria-valuetext'), patience)
      .toBe('2 a second')
    expect(await page.getByLabel('50 ms').first().isChecked()).toBe(true)
    room.tell([{ t: room.nowMs(), kind: 'cut' }])
    await expect.poll(() => button('The network is cut').isDisabled(), patience).toBe(true)
  })
})

describe('the playhead', () => {
  it('draws the same moment the same way, wherever it came from', async () => {
    const page = await pausedAt(9000)
    const picture = (): Promise<string> => page.locator('canvas').evaluate((c: HTMLCanvasElement) => c.toDataURL())
    const [first, figures] = [await picture(), await text('tbody')]
    await scrubTo(page, 3000)
    expect(await picture()).not.toBe(first)
    expect(await text('tbody')).not.toBe(figures)
    await scrubTo(page, 9000)
    expect(await picture()).toBe(first)
    expect(await text('tbody')).toBe(figures)
  })

  it('draws a held poll, a stream and what is stale where they belong', async () => {
    // Published at 4 s, seen at 9 s: ten seconds of lanes from −1 to 9.
    const page = await pausedAt(9000)
    /** How much of a lane's ink lies in a band of its height at a moment, 0 to 1. */
    const probes: [lane: string, atMs: number, fromShare: number, toShare: number][] = [
      // Between two moments at which something happens.
      ['long-polling', 7450, 0.08, 0.18],
      ['websocket', 7450, 0.3, 0.5],
      ['short-polling', 7450, 0.3, 0.5],
      // The notice of 4 s: the poll that fetches it comes about a second later, the stream has it after 0.1 s.
      ['short-polling', 4450, 0.75, 0.92],
      ['websocket', 4450, 0.75, 0.92],
    ]
    const inks = await page.evaluate(probes => {
      const canvas = document.querySelector('canvas')!
      const box = canvas.getBoundingClientRect()
      const { data, width } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      return probes.map(([lane, atMs, from, to]) => {
        const track = document.querySelector(`[data-lane=${lane}] .track`)!.getBoundingClientRect()
        const left = Math.round((box.width * (atMs + 1000)) / 10_000)
        const y = (share: number): number => Math.round(track.top - box.top + track.height * share)
        let [inked, all] = [0, 0]
        for (let row = y(from); row < y(to); row++)
          for (let x = left; x < left + 3; x++, all++) if (data[(row * width + x) * 4 + 3]! > 20) inked++
        return inked / all
      })
    }, probes)
    const [held, stream, nothing, stale, fresh] = inks
    expect(held).toBeGreaterThan(0.9)
    expect(stream).toBeGreaterThan(0.9)
    expect(nothing).toBe(0)
    expect(stale).toBeGreaterThan(0.5)
    expect(fresh).toBe(0)
  })

  it('draws every client of a class: each is out of date until its own poll', async () => {
    const page = await pausedAt(
      9000,
      fixtureLog({ knobs: { clients: 25 }, publishes: [{ atMs: 4000 }], lastsMs: 12_000 }),
    )
    /** How much of a lane's height is hatched at a moment, 0 to 1: the hatching is grey, the rest in the lane's colour. */
    const hatched = (lane: string) =>
      page.evaluate(lane => {
        const canvas = document.querySelector('canvas')!
        const box = canvas.getBoundingClientRect()
        const { data, width } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        const track = document.querySelector(`[data-lane=${lane}] .track`)!.getBoundingClientRect()
        return [3950, 4450, 4950, 5450, 6250].map(atMs => {
          const x = Math.round((box.width * (atMs + 1000)) / 10_000)
          const top = Math.round(track.top - box.top)
          let inked = 0
          for (let y = top; y < top + track.height; y++) {
            const [red = 0, , blue = 0, alpha = 0] = data.slice((y * width + x) * 4)
            if (alpha > 20 && Math.abs(red - blue) < 60) inked++
          }
          return inked / track.height
        })
      }, lane)
    // Polls come evenly over two seconds, so half a second makes a quarter of the class.
    const [before, first, second, third, after] = await hatched('short-polling')
    for (const [more, less] of [
      [first, second],
      [second, third],
      [third, after],
    ] as const)
      expect(more! - less!).toBeGreaterThan(0.05)
    expect(first! - after!).toBeGreaterThan(0.25)
    expect(before).toBeLessThan(0.05)
    expect(after).toBeLessThan(0.05)
  })

  it('is moved by its slider, its steps and its speeds, and figures follow', async () => {
    const page = await pausedAt(3000)
    const delivered = () => text('[data-lane=websocket] [data-figure=delay]')
    expect(await delivered()).toMatch(/–$/)
    expect(await moment()).toBe(3000)
    await button('Step forward').click()
    await drawn(page)
    const stepped = await moment()
    expect(stepped).toBeGreaterThanOrEqual(3000)
    expect(stepped).toBeLessThan(4100)
    await button('Step back').click()
    expect(await moment()).toBeLessThanOrEqual(stepped)
    await scrubTo(page, 5000)
    expect(await delivered()).toMatch(/101 ms$/)
    await page.locator('.scrub input').press('ArrowRight')
    await drawn(page)
    expect(await moment()).toBe(5500)
    // Two steps of the slider within one frame are two.
    await page.locator('.scrub input').evaluate(input => {
      for (let i = 0; i < 2; i++)
        input.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))
    })
    await drawn(page)
    expect(await moment()).toBe(6500)
    await scrubTo(page, 5500)
    await page.getByLabel('Speed').selectOption(String(1 / 10))
    await button('Play').click()
    await expect.poll(moment, patience).toBeGreaterThan(5500)
    await button('Pause').click()
    const at = await moment()
    expect(at).toBeLessThan(8000)
    expect(await text('.mode')).toContain('paused')
    await drawn(page)
    expect(await moment()).toBe(at)
  })

  it('counts from where it is told to', async () => {
    await pausedAt(9000)
    const requests = () => text('[data-lane=short-polling] [data-figure=requests]')
    expect(Number.parseInt((await requests()).replace(/\D/g, ''), 10)).toBeGreaterThan(2)
    await button('Count from here').click()
    await expect.poll(async () => (await requests()).replace(/\D/g, ''), patience).toBe('0')
  })

  it('of a live class can be stopped, and comes back to now', async () => {
    await teach()
    await expect.poll(() => text('.mode'), patience).toBe('live')
    await button('Pause').click()
    expect(await text('.mode')).toBe('paused')
    await expect.poll(() => text('.moment'), patience).toMatch(/0:0[1-9]\.\d behind/)
    await button('To now').click()
    await expect.poll(() => text('.mode'), patience).toBe('live')
  })

  it('is shared with the stage of the same browser', async () => {
    await teach()
    const teacher = room.page
    const stage = await room.openBeside(demoPaths.stage)
    await stage.locator('.lane').first().waitFor()
    await teacher.bringToFront()
    await teacher.getByRole('button', { name: 'Pause' }).click()
    await expect.poll(() => stage.locator('.mode').textContent(), patience).toBe('paused')
    await teacher.getByLabel('Theme').selectOption('dark')
    await expect.poll(() => stage.evaluate(() => document.documentElement.dataset.theme), patience).toBe('dark')
  })
})

describe('recordings', () => {
  const open = (content: string, name = 'other.ndjson') =>
    room.page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content) })

  it('are made of what is live, begin with how things stand, and can be opened again', async () => {
    const page = await teach()
    await button('Record').click()
    room.tell([{ t: room.nowMs(), kind: 'publish', seq: 3, count: 1 }])
    room.tell([{ t: room.nowMs() + 1, kind: 'knobs', ratePerSecond: 1, pollIntervalMs: 1000, rttMs: 50, clients: 1 }])
    await expect.poll(() => page.getByLabel('50 ms').first().isChecked(), patience).toBe(true)
    const [file] = await Promise.all([page.waitForEvent('download'), button('Stop and save').click()])
    const content = await readFile(await file.path(), 'utf8')
    const events = content
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as DemoEvent)
    expect(events[0]).toMatchObject({ kind: 'start', t: 0, version: 1 })
    expect(events.filter(({ kind }) => kind === 'knobs').map(event => (event as { rttMs?: number }).rttMs)).toEqual([
      200, 50,
    ])
    expect(events.some(event => event.kind === 'publish' && event.seq === 3)).toBe(true)
    await open(content)
    await expect.poll(() => text('.standing'), patience).toContain('Playing other.ndjson')
    expect(await button('Publish one').isDisabled()).toBe(true)
    await button('Close other.ndjson').click()
    await expect.poll(() => text('.mode'), patience).toBe('live')
  })

  it.each([
    ['is not JSON', 'hello', 'Line 1 of bad.ndjson is not JSON.'],
    ['is of another kind', '{"t":1}\n', 'Line 1 of bad.ndjson is no event'],
    ['begins elsewhere', '{"t":1,"kind":"cut"}\n', 'its first line must be of kind "start"'],
    ['is of another version', '{"t":0,"kind":"start","version":2,"lanes":[]}\n', 'reads recordings of version 1'],
  ])('that %s change nothing but the message', async (_, content, message) => {
    await teach()
    await open(content, 'bad.ndjson')
    await expect.poll(() => text('[role=alert]'), patience).toContain(message)
    expect(await text('.mode')).toBe('live')
  })
})

describe('scenes of a recording', () => {
  /** When the first one comes again. */
  const againMs = 2000 + 5000 * scenes.length
  /** Each scene is asked and run; the first one again at the end. */
  const scened = (): DemoEvent[] => [
    ...fixtureLog({ lastsMs: againMs + 8000 }),
    ...[...scenes, scenes[0]!].flatMap(({ id }, i): DemoEvent[] => [
      { t: 2000 + 5000 * i, kind: 'scene', scene: id, phase: 'ask' },
      { t: 4000 + 5000 * i, kind: 'scene', scene: id, phase: 'run' },
    ]),
  ]
  const pause = () => room.page.keyboard.press('k')
  const isNear = (atMs: number) =>
    expect.poll(async () => Math.abs((await moment()) - atMs) < 3000, patience).toBe(true)

  it('have a mark each over its time, and a button that jumps there', async () => {
    const page = await pausedAt(500, scened())
    const marks = page.locator('.marks button')
    expect(await marks.allTextContents()).toEqual([...scenes.map((_, i) => String(i + 1)), '1'])
    const slider = (await page.locator('.scrub input').boundingBox())!
    for (const [i, mark] of (await marks.all()).entries()) {
      const box = (await mark.boundingBox())!
      const share = (box.x + box.width / 2 - slider.x - 8) / (slider.width - 16)
      expect(share).toBeCloseTo((2000 + 5000 * i) / (againMs + 8000), 2)
    }
    await marks.nth(2).click()
    await isNear(12_000)
    await expect.poll(() => text('.scenes p b'), patience).toBe(scenes[2]!.question)
    await pause()
    // The one that comes next; from the last one, the first.
    await button(scenes[0]!.title).click()
    await isNear(againMs)
    await pause()
    await button(scenes[0]!.title).click()
    await isNear(2000)
    expect(room.actions).toEqual([])
  })

  it('follow one another by key and button, until there are no more', async () => {
    const page = await pausedAt(500, scened())
    expect(await text('button.main')).toBe(`Go to: ${scenes[0]!.title}`)
    for (const { question } of scenes) {
      await page.keyboard.press('n')
      await expect.poll(() => text('.scenes p b'), patience).toBe(question)
    }
    await page.locator('button.main').click()
    await expect.poll(() => page.locator('button.main').isDisabled(), patience).toBe(true)
  })

  it('are none where the recording has none', async () => {
    const page = await pausedAt(500)
    expect(await page.locator('.marks button').count()).toBe(0)
    for (const { title } of scenes) expect(await button(title).isDisabled()).toBe(true)
    await teach()
    expect(await room.page.locator('.marks').count()).toBe(0)
  })
})

describe('keys', () => {
  it('do what the buttons do, and are listed', async () => {
    const page = await teach()
    const keys: [key: string, action: Action][] = [
      ['p', { action: 'publish', count: 1 }],
      ['b', { action: 'publish', count: 20 }],
      ['x', { action: 'cut', forMs: 6000 }],
      ['n', { action: 'scene', scene: scenes[0]!.id, phase: 'ask' }],
    ]
    for (const [key, action] of keys) {
      await page.keyboard.press(key)
      await expect.poll(() => room.actions.at(-1), patience).toEqual(action)
    }
    await page.keyboard.press('k')
    await expect.poll(() => text('.mode'), patience).toBe('paused')
    await page.keyboard.press('e')
    await expect.poll(() => text('.mode'), patience).toBe('live')
    await page.keyboard.press(',')
    await expect.poll(() => text('.mode'), patience).toBe('1/2 speed')
    await page.keyboard.press('.')
    await page.keyboard.press('j')
    await expect.poll(() => text('.mode'), patience).toBe('paused')
    await page.keyboard.press('t')
    await expect.poll(() => page.locator('.text-view').count(), patience).toBe(1)
    expect(await page.locator('.keys kbd').allTextContents()).toHaveLength(15)
  })

  it('do nothing where they are turned off, in fields, and with a modifier; the choice stays', async () => {
    const page = await teach()
    await page.keyboard.press('Control+b')
    await page.getByLabel('Speed').focus()
    await page.keyboard.press('p')
    await page.getByLabel(/Single keys act/).uncheck()
    await page.keyboard.press('p')
    await page.reload()
    await expect.poll(() => button('Publish one').isEnabled(), patience).toBe(true)
    expect(await page.getByLabel(/Single keys act/).isChecked()).toBe(false)
    await page.keyboard.press('p')
    await button('Publish 20').click()
    await expect.poll(() => room.actions, patience).toEqual([{ action: 'publish', count: 20 }])
  })
})

describe('phones', () => {
  const addresses = ['192.168.178.23', '10.8.0.2'].map(address => `http://${address}:8080/demo/join/KXRM`)
  /** In a class that phones join at `joinUrls`. */
  async function teachAt(joinUrls: readonly string[]): Promise<Page> {
    const page = await teach()
    room.state = { ...inClass, joinUrls }
    await page.reload()
    await page.locator('.class .row').first().waitFor()
    return page
  }
  const code = () => room.page.locator('svg.qr').getAttribute('aria-label')

  it('that cannot reach this machine are told of as what to type, without a code to scan', async () => {
    const page = await teachAt([])
    await expect.poll(() => text('.class'), patience).toContain('npm run demo -- --lan')
    expect(await page.locator('svg.qr').count()).toBe(0)
    expect(await text('.class')).not.toContain('64')
    expect(await page.getByRole('link', { name: 'A phone in this browser' }).getAttribute('href')).toBe(
      '/demo/join/KXRM',
    )
  })

  it('are shown the next address with a key, or a button that says which, and the code to scan follows, on the stage, too', async () => {
    const page = await teachAt(addresses)
    await expect.poll(code, patience).toContain(addresses[0])
    await page.keyboard.press('a')
    await expect.poll(code, patience).toContain(addresses[1])
    expect(room.actions).toEqual([{ action: 'address' }])
    await room.openBeside(demoPaths.stage)
    await expect.poll(code, patience).toContain(addresses[1])
    await page.bringToFront()
    await page.getByRole('button', { name: 'Next address: 192.168.178.23:8080' }).click()
    await expect.poll(code, patience).toContain(addresses[0])
  })

  it.each([
    ['one that did', { from: '192.168.178.40', at: '192.168.178.23:8080' }, /^Yes: 192\.168\.178\.40 did\.$/],
    [
      'one that did elsewhere',
      { from: '10.8.0.9', at: '10.8.0.2:8080' },
      /^Nobody reached .*10\.8\.0\.9 reached 10\.8/,
    ],
    [
      'nobody',
      { from: null, at: null },
      /^Nobody reached 192\.168\.178\.23:8080 in ten seconds\. .*Wi-Fi.*firewall.*8080/,
    ],
  ])('are waited for, and it is said of %s', async (_who, reached, words) => {
    await teachAt(addresses)
    const status = room.page.locator('.class [role=status]')
    await button('Can a phone reach it?').click()
    await expect.poll(() => status.textContent(), patience).toMatch(/^Open 192\.168\.178\.23:8080 on a phone now/)
    expect(await button('Can a phone reach it?').isDisabled()).toBe(true)
    room.reach(reached)
    await expect.poll(() => status.textContent(), patience).toMatch(words)
    expect(await button('Can a phone reach it?').isEnabled()).toBe(true)
  })
})

describe('for everyone', () => {
  it('shows the lanes as text', async () => {
    const page = await pausedAt(9000)
    await button('Show as text').click()
    const rows = () => page.locator('.text-view tbody tr').allTextContents()
    const all = await rows()
    expect(all.some(row => row.includes('notice 1 published'))).toBe(true)
    expect(all.some(row => row.includes('WebSocket') && row.includes('notice 1 is there, after 101 ms'))).toBe(true)
    await page.getByLabel('Lane').selectOption('sse')
    await expect
      .poll(async () => (await rows()).some(row => /WebSocket|polling|Socket.IO/.test(row)), patience)
      .toBe(false)
    expect((await rows()).some(row => row.includes('SSE'))).toBe(true)
  })

  it('shows them at the time of the class, however little of it is known', async () => {
    const [start, ...events] = fixtureLog({ lastsMs: 12_000 })
    const later = events.map(
      event => ({ ...event, t: event.t + 1e5, ...('to' in event && { to: event.to + 1e5 }) }) as DemoEvent,
    )
    const page = await teach({ log: [start!, ...later] })
    await page.keyboard.press('t')
    await page.keyboard.press('k')
    const row = page.locator('.text-view tbody tr', { hasText: 'notice 2 published' })
    await expect.poll(() => row.textContent(), patience).toMatch(/^109\.50/)
  })

  it('reaches every control by keyboard alone', async () => {
    const page = await teach()
    const wanted = await page
      .locator('button:enabled, input:enabled, select:enabled, summary, a[href]')
      .evaluateAll(all => all.filter(one => (one as HTMLElement).offsetParent !== null).length)
    const reached = new Set<string>()
    for (let i = 0; i < wanted + 10; i++) {
      await page.keyboard.press('Tab')
      reached.add(
        await page.evaluate(() => {
          const all = [...document.querySelectorAll('button, input, select, summary, a')]
          return String(all.indexOf(document.activeElement!))
        }),
      )
    }
    reached.delete('-1')
    // A group of radio buttons is one stop.
    const radios = await page.locator('input[type=radio]').count()
    expect(reached.size).toBeGreaterThanOrEqual(wanted - (radios - 1))
  })

  it.each(['light', 'dark'] as const)('is accessible in %s', async colorScheme => {
    const page = await teach({
      colorScheme,
      // A picture a second leaves the machine to axe.
      reducedMotion: 'reduce',
      log: fixtureLog({
        phones: 23,
        knobs: scenes[0]!.knobs,
        publishes: [],
        scene: { id: scenes[0]!.id, phases: { ask: 1000, run: 3000, reveal: 3000 + scenes[0]!.lastsMs } },
        votes: [3, 2, 1, 0, 0],
        lastsMs: 6000 + scenes[0]!.lastsMs,
      }),
    })
    await page.locator('.predictions .right').waitFor()
    await page.locator('.note summary').click()
    await page.keyboard.press('t')
    await button(/^End the session/).click()
    await button('Go on').click()
    expect(await violationsOf(page)).toEqual([])
  })

  it.each([320, 1280])('keeps to a width of %i px', async width => {
    const page = await teach({ viewport: { width, height: 800 } })
    await page.keyboard.press('t')
    await page.locator('.text-view').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  })

  it('says what stands where nothing is live', async () => {
    await room.open(demoPaths.teach)
    await expect.poll(() => text('.standing'), patience).toContain('Nothing is live here')
    room.recording = recorded(fixtureLog({ lastsMs: 6000 }))
    room.state = { ...inClass, isLive: false }
    await room.open(demoPaths.teach)
    await expect.poll(() => text('.standing'), patience).toContain('A recorded class')
  })
})

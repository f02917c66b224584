// The stage in a real browser: what a class sees, live, recorded, or when there is nothing.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { demoPaths } from '../../server/demo/wire.ts'
import { violationsOf } from '../axe.fixture.ts'
import { clientTransports } from '../transports/index.ts'
import { type Class, inClass, recorded, startClass, TOKEN } from './class.fixture.ts'
import { type FixtureWish, fixtureLog, lanes } from './log.fixture.ts'
import { scenes } from './scenes.ts'

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

/** Where nothing is asked of motion: a picture a second leaves the machine to the other tests. */
const calm = { reducedMotion: 'reduce' } as const

/** The stage on a live log whose last moment is shown. */
async function stageOf(wish: FixtureWish, options: Parameters<Class['open']>[1] = {}): Promise<Page> {
  const log = fixtureLog(wish)
  room.live(log, log.at(-1)!.t)
  room.state = { ...inClass, phones: wish.phones ?? 0 }
  const page = await room.open(demoPaths.stage, options)
  await page.locator('.lane').first().waitFor()
  return page
}

const quiet = scenes[0]!
const burst = scenes.find(({ choices }) => choices !== 'transports')!
const asking: FixtureWish = { scene: { id: quiet.id, phases: { ask: 1000 } }, votes: [9, 3, 1, 4, 2], lastsMs: 9000 }
const revealed: FixtureWish = {
  publishes: [],
  knobs: { pollIntervalMs: 1000 },
  scene: { id: quiet.id, phases: { ask: 1000, run: 3000, reveal: 3000 + quiet.lastsMs } },
  votes: [9, 3, 1, 4, 2],
  lastsMs: 5000 + quiet.lastsMs,
}

describe('the stage', () => {
  it('has one lane for each transport with its figures, and says in words what it draws', async () => {
    const page = await stageOf({})
    expect(await page.locator('.lane .name').allInnerTexts()).toEqual(
      Object.values(clientTransports).map(({ glyph, label }) => `${glyph} ${label}`),
    )
    const delay = (lane: string) => text(`[data-lane=${lane}] [data-figure=delay]`)
    await expect.poll(() => delay('websocket'), patience).toMatch(/101 ms$/)
    expect(Number.parseInt((await delay('short-polling')).replace(/\D/g, ''), 10)).toBeGreaterThan(500)
    const words = await page.locator('canvas').getAttribute('aria-label')
    for (const { label } of Object.values(clientTransports)) expect(words).toContain(`${label}: `)
    expect(await text('.badges')).toContain('RTT 200 ms (simulated)')
  })

  it('puts a question with predictions as they come in, and how to join beside it', async () => {
    const page = await stageOf(asking)
    await expect.poll(() => text('h1'), patience).toContain(quiet.question)
    await expect.poll(() => page.locator('[data-choice] .count').allInnerTexts(), patience).toHaveLength(lanes.length)
    await expect
      .poll(async () => (await page.locator('[data-choice] .count').allInnerTexts()).map(Number.parseFloat), patience)
      .toEqual(asking.votes)
    room.tell([{ t: room.nowMs(), kind: 'votes', scene: quiet.id, counts: [10, 3, 1, 4, 2] }])
    await expect.poll(() => text('[data-choice="0"] .count'), patience).toContain('10')
    expect(await text('.join-url')).toBe('192.168.178.23:8080/demo/join')
    expect(await text('.join-code')).toContain('KXRM')
    expect(await page.locator('svg.qr').getAttribute('aria-label')).toContain(inClass.joinUrls[0])
    expect(await page.locator('.predictions .right').count()).toBe(0)
  })

  it('says how to join on another machine than the server’s too, where it was opened with the teacher’s token', async () => {
    room.live(fixtureLog(asking), 9000)
    room.isElsewhere = true
    const page = await room.open(demoPaths.stage)
    const asked = await page.waitForResponse(`**${demoPaths.state}`)
    expect(await asked.json()).toMatchObject({ isLive: true, code: null })
    await expect.poll(() => text('h1'), patience).toContain(quiet.question)
    expect(await page.locator('.join').count()).toBe(0)
    const opened = await room.openBeside(`${demoPaths.stage}#token=${TOKEN}`)
    await expect.poll(() => text('.join-code'), patience).toContain('KXRM')
    expect(opened.url()).not.toContain(TOKEN)
  })

  it('reveals who was right by what was counted, and says the point', async () => {
    const page = await stageOf(revealed)
    await expect.poll(() => page.locator('.predictions .right').getAttribute('data-choice'), patience).toBe('0')
    expect(await text('.point')).toBe(quiet.point)
    expect(await text('[data-choice="0"] .figure-of')).toContain('kB')
  })

  it('reveals how many answers a burst took', async () => {
    const publishes = Array.from({ length: 20 }, (_, i) => ({ atMs: 5000 + i * 100 }))
    const page = await stageOf({
      publishes,
      knobs: { rttMs: 600, pollIntervalMs: 4000 },
      scene: { id: burst.id, phases: { ask: 1000, run: 3000, reveal: 11_000 } },
      votes: [1, 2, 0, 1],
      lastsMs: 13_000,
    })
    await expect.poll(() => page.locator('.predictions .right .choice').textContent(), patience).toMatch(/2 to 9/)
    expect(await text('.predictions .right .figure-of')).toMatch(/^5 /)
  })

  it('says what a reveal waits for, and ticks nothing before', async () => {
    const log = fixtureLog({ ...revealed, scene: { id: quiet.id, phases: { run: 1000 } }, lastsMs: 5000 })
    room.live(log, 5000)
    const page = await room.open(demoPaths.stage)
    await expect.poll(() => text('h1'), patience).toContain(quiet.question)
    room.tell([{ t: room.nowMs(), kind: 'waiting', scene: quiet.id }])
    await expect.poll(() => text('h1'), patience).toBe('Quiet inbox. The reveal waits until the 15 seconds are over.')
    expect(await page.locator('[role=status]').textContent()).toBe(
      'The reveal waits until the 15 seconds are over. It comes by itself.',
    )
    expect(await page.locator('.predictions').count()).toBe(0)
    room.tell([{ t: room.nowMs(), kind: 'scene', scene: quiet.id, phase: 'reveal' }])
    await expect.poll(() => text('h1'), patience).toContain(quiet.question)
    // It came before its time after all, from an engine that does not wait.
    await page.locator('.predictions').waitFor()
    expect(await page.locator('.predictions .right').count()).toBe(0)
  })

  /** What a projector must not do to a page: scroll, cut text off, or show it smaller than a thirtieth of its height. */
  const flaws = (page: Page) =>
    page.evaluate(() => {
      const least = 0.033 * innerHeight
      const { scrollWidth, scrollHeight } = document.documentElement
      const texts = [...document.querySelectorAll<HTMLElement>('body *')].filter(
        element =>
          !element.closest('.hidden-text, svg, noscript') &&
          [...element.childNodes].some(node => node.nodeType === 3 && node.textContent!.trim() !== '') &&
          element.getBoundingClientRect().width > 1,
      )
      const small = texts.filter(element => Number.parseFloat(getComputedStyle(element).fontSize) < least)
      const outside = texts.filter(element => {
        const { left, top, right, bottom } = element.getBoundingClientRect()
        return left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1
      })
      const crossed = [...document.querySelectorAll<HTMLElement>('footer > *, header > *, .lanes thead, .lanes .lane')]
      const overlaps = crossed.flatMap((one, i) =>
        crossed.slice(i + 1).flatMap(other => {
          const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()]
          const isOver =
            Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
            Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1
          return isOver ? [`${one.className || one.tagName} and ${other.className || other.tagName}`] : []
        }),
      )
      const { written = [] } = globalThis as unknown as { written?: number[] }
      return {
        scrolls: scrollWidth > innerWidth || scrollHeight > innerHeight,
        small: small.map(({ outerHTML }) => outerHTML.slice(0, 80)),
        outside: outside.map(({ outerHTML }) => outerHTML.slice(0, 80)),
        overlaps,
        smallOnCanvas: written.filter(px => px < least),
      }
    })
  const none = { scrolls: false, small: [], outside: [], overlaps: [], smallOnCanvas: [] }
  const sizes = [
    { width: 1280, height: 720 },
    { width: 1920, height: 1080 },
    { width: 2560, height: 1440 },
    { width: 1024, height: 768 },
  ]
  const wishes: FixtureWish[] = [
    {},
    asking,
    revealed,
    { phones: 60, knobs: { rttMs: 600, clients: 25 } },
    { ...asking, scene: { id: burst.id, phases: { ask: 1000 } }, phones: 23 },
    { cut: { fromMs: 6000, toMs: 12_000 }, scene: { id: 'cut-the-network', phases: { run: 1000 } }, lastsMs: 14_000 },
    ...scenes.flatMap(({ id, knobs, choices }): FixtureWish[] => {
      const votes = Array.from({ length: typeof choices === 'string' ? lanes.length : choices.length }, (_, i) => i)
      return [{ ask: 1000 }, { ask: 1000, run: 3000, reveal: 9000 }].map(phases => ({
        ...{ scene: { id, phases }, votes, knobs, publishes: [{ atMs: 4000, count: 3 }], lastsMs: 12_000 },
      }))
    }),
    { scene: { id: 'whole-class', phases: { run: 1000 } }, knobs: { clients: 25 }, phones: 30, lastsMs: 9000 },
  ]
  it.each(wishes.map(wish => [JSON.stringify(wish), wish] as const))(
    'fills a projector of any size without scrolling, and can be read from the last row: %s',
    async (_, wish) => {
      const page = await stageOf(wish, { viewport: sizes[0]!, ...calm })
      await expect.poll(() => text('.badges'), patience).toContain('RTT')
      // While the class predicts, its predictions take the place of its phones.
      if (wish.phones && !wish.votes)
        await expect.poll(() => page.locator('[data-phone]').count(), patience).toBe(wish.phones)
      await page.evaluate(() => {
        const { fillText } = CanvasRenderingContext2D.prototype
        CanvasRenderingContext2D.prototype.fillText = function (...args) {
          const { written } = globalThis as unknown as { written?: number[] }
          written?.push(Number.parseFloat(/([\d.]+)px/.exec(this.font)![1]!))
          fillText.apply(this, args)
        }
      })
      for (const viewport of sizes) {
        await page.setViewportSize(viewport)
        // Drawn anew; what is written on the canvas from now on, by its size.
        await page.evaluate(async () => {
          const frame = () => new Promise(resolve => requestAnimationFrame(resolve))
          for (let i = 0; i < 3; i++) await frame()
          Object.assign(globalThis, { written: [] })
        })
        await page.keyboard.press('j')
        await page.waitForFunction(() => document.querySelector('.mode')!.textContent === 'paused')
        expect(await flaws(page), JSON.stringify(viewport)).toEqual(none)
      }
    },
  )

  it('has columns for the figures that a scene asks about, and for all where none is on', async () => {
    const headers = () => room.page.locator('thead th.number').allInnerTexts()
    await stageOf({})
    expect(await headers()).toEqual(['requests', 'bytes', 'open', 'delay', 'lost'])
    for (const { id, shows } of scenes) {
      await stageOf({ scene: { id, phases: { run: 1000 } } }, calm)
      await expect.poll(async () => (await headers()).sort(), patience).toEqual([...shows].sort())
    }
  })

  it('shows no figure while the class predicts, nor tells it to a screen reader', async () => {
    const page = await stageOf({ ...asking, lastsMs: 12_000 })
    const figures = () => page.locator('[data-figure]').allInnerTexts()
    await expect.poll(figures, patience).toEqual(Array(lanes.length * quiet.shows.length).fill('?'))
    expect(await page.locator('canvas').getAttribute('aria-label')).toContain('no figures yet')
    room.tell([{ t: room.nowMs(), kind: 'scene', scene: quiet.id, phase: 'run' }])
    await expect.poll(async () => (await figures()).filter(figure => figure === '?'), patience).toEqual([])
    expect(await page.locator('canvas').getAttribute('aria-label')).not.toContain('no figures yet')
  })

  it('says how many clients of a class it draws', async () => {
    await stageOf({ knobs: { clients: 25 } })
    expect(await text('.badges')).toContain('25 clients each')
    expect(await text('.legend')).toContain('25 clients below')
  })

  it('shows which phones sleep and which are behind', async () => {
    const page = await stageOf({ phones: 12 })
    await page.locator('[data-phone="8"]').waitFor({ state: 'attached' })
    expect(await page.locator('[data-phone="8"]').getAttribute('class')).toBe('asleep')
    expect(await page.locator('[data-phone="6"] .late').textContent()).toBe('+1')
    expect(await page.locator('[data-phone="4"] .late').textContent()).toBe('–')
  })

  it('says that the class is locked', async () => {
    const page = await stageOf({})
    room.state = { ...room.state, isLocked: true }
    await expect.poll(() => text('.join-words'), patience).toBe('The class is locked.')
    expect(await page.locator('.qr').count()).toBe(0)
  })

  it.each(['light', 'dark'] as const)('is accessible in %s', async colorScheme => {
    for (const wish of [revealed, { phones: 60 }]) {
      const page = await stageOf(wish, { colorScheme, ...calm })
      await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe(colorScheme)
      expect(await violationsOf(page)).toEqual([])
    }
  })

  it.each([320, 800])('keeps to a width of %i px', async width => {
    const page = await stageOf({ ...asking, phones: 23 }, { viewport: { width, height: 800 }, ...calm })
    await expect.poll(() => text('h1'), patience).toContain(quiet.question)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  })

  it('tells a screen reader of a question, of its reveal, and of the network', async () => {
    const log = fixtureLog({ lastsMs: 4000 })
    room.live(log, 4000)
    const page = await room.open(demoPaths.stage)
    const status = page.locator('[role=status]')
    room.tell([{ t: room.nowMs(), kind: 'scene', scene: quiet.id, phase: 'ask' }])
    await expect.poll(() => status.textContent(), patience).toContain(`Question: ${quiet.question}`)
    room.tell([{ t: room.nowMs(), kind: 'cut' }])
    await expect.poll(() => status.textContent(), patience).toContain('The network is cut.')
    room.tell([{ t: room.nowMs(), kind: 'heal' }])
    await expect.poll(() => status.textContent(), patience).not.toContain('cut')
    room.tell([{ t: room.nowMs(), kind: 'scene', scene: quiet.id, phase: 'reveal' }])
    await expect.poll(() => status.textContent(), patience).toContain(quiet.point)
  })
})

describe('keys', () => {
  it('act on a stage whose browser has the teacher’s page open, and lead that page too', async () => {
    const log = fixtureLog({ lastsMs: 12_000 })
    room.live(log, log.at(-1)!.t)
    const teacher = await room.open(`${demoPaths.teach}#token=${TOKEN}`)
    await teacher.locator('.lane').first().waitFor()
    const page = await room.openBeside(demoPaths.stage)
    await page.locator('.lane').first().waitFor()
    await page.bringToFront()
    // It has the token once it is told of the teacher's page.
    const asked = async (): Promise<boolean> => {
      await page.keyboard.press('p')
      return room.actions.length > 0
    }
    await expect.poll(asked, patience).toBe(true)
    await expect.poll(() => room.actions[0], patience).toEqual({ action: 'publish', count: 1 })
    for (const [key, action] of [
      ['n', { action: 'scene', scene: quiet.id, phase: 'ask' }],
      ['b', { action: 'publish', count: 20 }],
      ['x', { action: 'cut', forMs: 6000 }],
    ] as const) {
      await page.keyboard.press(key)
      await expect.poll(() => room.actions.at(-1), patience).toEqual(action)
    }
    await page.keyboard.press('k')
    await expect.poll(() => text('.mode'), patience).toBe('paused')
    await expect.poll(() => teacher.locator('.mode').textContent(), patience).toBe('paused')
    await page.keyboard.press('e')
    await expect.poll(() => text('.mode'), patience).toBe('live')
  })

  it('say where they act, for a while, on a stage that stands alone, and move its playhead', async () => {
    const page = await stageOf({})
    await page.keyboard.press('n')
    await expect.poll(() => text('[role=alert]'), patience).toContain('while the teacher’s page is open')
    expect(room.actions).toEqual([])
    await expect.poll(() => text('[role=alert]'), patience).toBe('')
    await page.keyboard.press('k')
    await expect.poll(() => text('.mode'), patience).toBe('paused')
  })

  it('are shown and hidden by one, and do nothing where the teacher’s page turned them off', async () => {
    const page = await stageOf({})
    await page.keyboard.press('?')
    await page.locator('section.keys').waitFor()
    expect(await page.locator('section.keys kbd').allTextContents()).toContain('n')
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('?')
    await page.locator('section.keys').waitFor({ state: 'detached' })
    const teacher = await room.openBeside(demoPaths.teach)
    await teacher.getByLabel(/Single keys act/).uncheck()
    await page.bringToFront()
    await page.keyboard.press('k')
    await page.keyboard.press('?')
    expect(await page.locator('section.keys').count()).toBe(0)
    expect(await page.locator('.mode').textContent()).not.toBe('paused')
  })

  it('lead from scene to scene of a recorded class', async () => {
    room.recording = recorded([
      ...fixtureLog({ lastsMs: 20_000 }),
      ...[...scenes.entries()].map(
        ([i, { id }]) => ({ t: 2000 + 3000 * i, kind: 'scene', scene: id, phase: 'ask' }) as const,
      ),
    ])
    const page = await room.open(demoPaths.stage)
    await page.locator('.lane').first().waitFor()
    for (const { question } of scenes.slice(0, 3)) {
      await page.keyboard.press('n')
      await expect.poll(() => text('h1'), patience).toContain(question)
    }
    await page.keyboard.press('p')
    await expect.poll(() => text('[role=alert]'), patience).toContain('Nothing is live here')
  })
})

describe('where the log comes from', () => {
  it('plays a recorded class where nothing is live, says so, and becomes live by itself', async () => {
    room.recording = recorded(fixtureLog({ lastsMs: 6000 }))
    const page = await room.open(demoPaths.stage)
    await page.locator('.lane').first().waitFor()
    expect(await text('.mode')).toBe('recorded')
    expect(await text('.point')).toContain('npm run demo')
    expect(await page.locator('.join').count()).toBe(0)
    const log = fixtureLog({})
    room.live(log, log.at(-1)!.t)
    await expect.poll(() => text('.mode'), patience).toBe('live')
  })

  it('says that there is nothing where there is neither', async () => {
    await room.open(demoPaths.stage)
    await expect.poll(() => text('footer'), patience).toContain('Nothing is live here')
  })

  it('plays nothing of a recording that is none', async () => {
    room.recording = 'hello\n'
    await room.open(demoPaths.stage)
    await expect.poll(() => text('footer'), patience).toContain('Nothing is live here')
  })

  it('goes on by itself when its connection breaks', async () => {
    await stageOf({})
    await expect.poll(() => text('.mode'), patience).toBe('live')
    room.drop()
    await expect.poll(() => text('.mode'), patience).toBe('live')
    room.tell([{ t: room.nowMs(), kind: 'knobs', ratePerSecond: 1, pollIntervalMs: 2000, rttMs: 600, clients: 1 }])
    await expect.poll(() => text('.rtt'), patience).toBe('RTT 600 ms (simulated)')
  })

  it('keeps what there was when the session ends', async () => {
    const page = await stageOf({})
    room.tell([{ t: room.nowMs(), kind: 'end' }])
    await expect.poll(() => text('footer'), patience).toBe('The session has ended.')
    room.state = { ...inClass, isLive: false, code: null, joinUrls: [] }
    room.drop()
    await expect.poll(() => page.locator('[role=status]').textContent(), patience).toBe('The session has ended.')
    expect(await page.locator('.lane').count()).toBe(lanes.length)
  })
})

describe('motion', () => {
  /** How many different pictures there are within a second and a half. */
  const pictures = (page: Page): Promise<number> =>
    page.evaluate(async () => {
      const canvas = document.querySelector('canvas')!
      const seen = new Set<string>()
      const untilMs = performance.now() + 1500
      while (performance.now() < untilMs) {
        seen.add(canvas.toDataURL())
        await new Promise(resolve => setTimeout(resolve, 60))
      }
      return seen.size
    })

  it('is continuous, and where it is unwanted a step a second', async () => {
    const moving = await stageOf({})
    expect(await pictures(moving)).toBeGreaterThan(5)
    const calm = await stageOf({}, { reducedMotion: 'reduce' })
    expect(await pictures(calm)).toBeLessThanOrEqual(3)
  })
})

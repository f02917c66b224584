// The panel with a line's bytes in a real browser: by tap and by key, on both pages, live, recorded, or when they are gone.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type DemoEvent, type DemoEventOf, demoPaths } from '../../../server/demo/wire.ts'
import { violationsOf } from '../../axe.fixture.ts'
import { toBytes } from '../../codecs/bytes.ts'
import { opcodes, writeFrame } from '../../codecs/frames.ts'
import { writeHead } from '../../codecs/http.ts'
import { type Class, recorded, startClass, TOKEN } from '../class.fixture.ts'
import { fixtureLog } from '../log.fixture.ts'

vi.setConfig({ testTimeout: 90_000 })

let room: Class
beforeAll(async () => {
  room = await startClass()
})
afterAll(() => room?.end())
afterEach(async () => expect(await room.leave()).toEqual([]))

const patience = { timeout: 20_000, interval: 50 }
const calm = { reducedMotion: 'reduce' } as const

const notice = '{"seq":1,"at":1763830000123,"body":{"sentMs":4000}}'
const frame = writeFrame({ opcode: opcodes.text, payload: toBytes(notice) })
const request = writeHead('GET /api/short-polling?after=a.0 HTTP/1.1', [
  ['Host', '127.0.0.1:8080'],
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  ],
  ['sec-ch-ua', '"Not:A-Brand";v="8", "Chromium";v="156"'],
  ['Sec-Fetch-Mode', 'cors'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Accept-Language', 'en-US,en;q=0.9'],
])

/** A class whose drawn clients' pieces are numbered. */
const log: readonly DemoEvent[] = (() => {
  let piece = 0
  return fixtureLog({ lastsMs: 12_000, publishes: [{ atMs: 4000 }, { atMs: 9000 }] }).map(event =>
    event.kind === 'transit' ? { ...event, piece: ++piece } : event,
  )
})()
const transits = log.filter((event): event is DemoEventOf<'transit'> => event.kind === 'transit')
const carrying = transits.find(({ lane, seqs }) => lane === 'websocket' && seqs)!
const asking = transits.find(({ lane, what, t }) => lane === 'short-polling' && what === 'request' && t > 3000)!
const sampleOf = (
  { lane, direction, what, seqs }: DemoEventOf<'transit'>,
  bytes: Uint8Array,
  piece: number,
): DemoEvent => ({
  ...{ kind: 'bytes', t: 1500, lane, direction, what, piece, ...(seqs && { seqs }) },
  bytes: Buffer.from(bytes).toString('base64'),
})

const panel = () => room.page.locator('.line-bytes')
const title = async () => (await panel().locator('h2').textContent())!.trim()

async function live(path: string = demoPaths.teach, options: Parameters<Class['open']>[1] = calm): Promise<Page> {
  room.live(log, log.at(-1)!.t)
  room.pieces = new Map([
    [carrying.piece!, frame],
    [asking.piece!, request],
  ])
  const page = await room.open(`${path}#token=${TOKEN}`, options)
  await page.locator('.lane').first().waitFor()
  return page
}

/** Plays a recording, paused at 10 s. */
async function replay(events: readonly DemoEvent[]): Promise<Page> {
  room.recording = recorded(events)
  const page = await room.open(demoPaths.teach, calm)
  await page.locator('.lane').first().waitFor()
  await pauseAt(page, 10_000)
  return page
}

/** What stands on the page has been drawn. */
const drawn = (page: Page): Promise<unknown> =>
  page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))))

async function pauseAt(page: Page, atMs: number): Promise<void> {
  await page.locator('.scrub input').evaluate((input: HTMLInputElement, atMs) => {
    input.value = String(atMs)
    input.dispatchEvent(new Event('input', { bubbles: true }))
  }, atMs)
  await expect.poll(() => page.locator('.mode').textContent(), patience).toContain('paused')
  await drawn(page)
}

/** Taps on the middle of a line, `asidePx` beside it, where ten seconds up to `atMs` are shown. */
async function tap(page: Page, { lane, t, to }: DemoEventOf<'transit'>, atMs: number, asidePx = 0): Promise<void> {
  const box = (await page.locator(`[data-lane=${lane}] .track`).boundingBox())!
  const x = box.x + (box.width * ((t + to) / 2 - atMs + 10_000)) / 10_000
  await page.mouse.click(x + asidePx, box.y + box.height * 0.42)
}

/** Opens this line by key: it is among the newest. */
async function openByKey(page: Page, piece: number): Promise<void> {
  const before = room.askedPieces.length
  await page.keyboard.press('w')
  await panel().waitFor()
  for (let i = 0; i < transits.length && !room.askedPieces.slice(before).includes(piece); i++) {
    const asked = room.askedPieces.length
    await page.keyboard.press('w')
    await expect.poll(() => room.askedPieces.length, patience).toBeGreaterThan(asked)
  }
}

describe('a tap on a line', () => {
  it('opens its bytes: what they are for, and each part by name', async () => {
    const page = await live()
    await pauseAt(page, 10_000)
    await tap(page, carrying, 10_000, 6)
    await panel().locator('table').waitFor()
    expect(await title()).toBe('◆ WebSocket: message with notice 1')
    expect(room.askedPieces).toEqual([carrying.piece])
    const sizes = (await panel().locator('[role=status]').textContent())!
    expect(sizes).toMatch(new RegExp(`notice ${notice.length} B.*framing 2 B`))
    const rows = await panel().locator('tbody tr').allInnerTexts()
    expect(rows.map(row => row.replaceAll(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/first byte 1 81 FIN: .*opcode: 1: text/),
      expect.stringMatching(/second byte 1 33 MASK: /),
      expect.stringContaining(`notice 1 ${notice.length} ${notice}`),
    ])
    const widths = await panel()
      .locator('.role-bar span')
      .evaluateAll(all => all.map(one => one.getBoundingClientRect().width))
    expect(widths[0]! / widths[1]!).toBeCloseTo(notice.length / 2, 0)
    await panel().getByRole('button', { name: 'Hex' }).click()
    expect(await panel().locator('pre').textContent()).toMatch(/^81 33 7b 22 73 65 71 22 {2}·3\{"seq"\n/)
  })

  it('marks it on the lanes, which make room and stay in sight', async () => {
    const page = await live()
    await pauseAt(page, 10_000)
    await tap(page, asking, 10_000)
    await panel().locator('table').waitFor()
    const [track, own, halo] = await Promise.all(
      ['[data-lane=short-polling] .track', '.line-bytes', '.halo line'].map(
        async place => (await page.locator(place).boundingBox())!,
      ),
    )
    expect(track!.x + track!.width).toBeLessThanOrEqual(own!.x)
    expect(halo!.y).toBeGreaterThanOrEqual(track!.y - 10)
    expect(halo!.y + halo!.height).toBeLessThanOrEqual(track!.y + track!.height + 10)
    const middle = track!.x + (track!.width * ((asking.t + asking.to) / 2)) / 10_000
    expect(Math.abs(halo!.x + halo!.width / 2 - middle)).toBeLessThan(3)
  })

  it('opens nothing where no line is near', async () => {
    const page = await live()
    await pauseAt(page, 10_000)
    const box = (await page.locator('[data-lane=websocket] .track').boundingBox())!
    await page.mouse.click(box.x + box.width * 0.75, box.y + box.height * 0.42)
    await tap(page, carrying, 10_000)
    await panel().locator('table').waitFor()
    expect(room.askedPieces).toEqual([carrying.piece])
  })

  it('is what its panel is fetched for, not before', async () => {
    const page = await live()
    const fetched = () =>
      page.evaluate(
        () => performance.getEntriesByType('resource').filter(({ name }) => /\/panel-[\w-]+\.js$/.test(name)).length,
      )
    expect(await fetched()).toBe(0)
    await page.keyboard.press('w')
    await panel().waitFor()
    expect(await fetched()).toBe(1)
  })
})

describe.each([demoPaths.teach, demoPaths.stage])('the key w on %s', path => {
  it('opens the newest line that has arrived, then the one before, and Shift+W goes back', async () => {
    const page = await live(path)
    await page.keyboard.press('k')
    await expect.poll(() => page.locator('.mode').textContent(), patience).toContain('paused')
    await page.keyboard.press('w')
    await expect.poll(() => room.askedPieces.length, patience).toBe(1)
    await page.keyboard.press('w')
    await page.keyboard.press('w')
    await expect.poll(() => room.askedPieces.length, patience).toBe(3)
    await page.keyboard.press('Shift+W')
    await expect.poll(() => room.askedPieces.length, patience).toBe(4)
    const [newest, before, third, back] = room.askedPieces.map(piece => transits.find(each => each.piece === piece)!)
    expect(before!.to).toBeLessThanOrEqual(newest!.to)
    expect(third!.to).toBeLessThanOrEqual(before!.to)
    expect(back).toBe(before)
    // At the newest it stays.
    for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+W')
    await expect.poll(() => room.askedPieces.at(-1), patience).toBe(newest!.piece)
  })

  it('leaves the lanes going and the other keys acting, and Escape closes it and gives the focus back', async () => {
    const page = await live(path)
    const isTeach = path === demoPaths.teach
    if (isTeach) await page.getByRole('button', { name: 'Count from here' }).focus()
    await page.keyboard.press('w')
    await panel().waitFor()
    expect(await page.evaluate(() => document.activeElement!.className)).toBe('line-bytes')
    expect(await page.locator('.mode').textContent()).toBe('live')
    await page.keyboard.press('k')
    await expect.poll(() => page.locator('.mode').textContent(), patience).toContain('paused')
    await page.keyboard.press('Escape')
    await panel().waitFor({ state: 'detached' })
    expect(await page.locator('.halo').count()).toBe(0)
    const focused = await page.evaluate(() => document.activeElement!.textContent)
    if (isTeach) expect(focused).toBe('Count from here')
    await page.keyboard.press('w')
    await panel().getByRole('button', { name: 'Close' }).click()
    await panel().waitFor({ state: 'detached' })
  })
})

describe('where a line’s own bytes are not kept', () => {
  it('a live class shows those of one like it, and says so', async () => {
    const page = await live()
    room.tell([sampleOf(asking, request, 900)])
    await pauseAt(page, 10_000)
    room.pieces = new Map()
    await tap(page, asking, 10_000)
    await panel().locator('table').waitFor()
    expect(await panel().textContent()).toContain(
      'Its own bytes are not kept. These are of a line like it, at 1.5 s of the log.',
    )
    expect(room.askedPieces).toEqual([asking.piece])
  })

  it('nor those of one like it, that is said, and the page goes on', async () => {
    const page = await live()
    await pauseAt(page, 10_000)
    room.pieces = new Map()
    await tap(page, asking, 10_000)
    await expect
      .poll(() => panel().locator('[role=status]').textContent(), patience)
      .toBe('The bytes of this line are no longer kept: newer ones took their place.')
    await page.keyboard.press('e')
    await expect.poll(() => page.locator('.mode').textContent(), patience).toBe('live')
  })

  it('a recording shows its own, or those of one like it, and asks nobody', async () => {
    const page = await replay([...log, sampleOf(carrying, frame, carrying.piece!), sampleOf(asking, request, 900)])
    await tap(page, carrying, 10_000)
    await panel().locator('table').waitFor()
    expect(await panel().textContent()).not.toContain('a line like it')
    await page.keyboard.press('Escape')
    await panel().waitFor({ state: 'detached' })
    await drawn(page)
    await tap(page, asking, 10_000)
    await panel().locator('table').waitFor()
    expect(await panel().textContent()).toContain('These are of a line like it, at 1.5 s of the log.')
    expect(room.askedPieces).toEqual([])
  })

  it('a recording from before bytes were kept plays as it did, and says that it has none', async () => {
    const page = await replay(fixtureLog({ lastsMs: 12_000 }))
    await page.keyboard.press('w')
    await expect
      .poll(() => panel().locator('[role=status]').textContent(), patience)
      .toBe('There are no bytes of this line, nor of one like it, in this recording.')
  })

  it('a recording that is made here has what the log has', async () => {
    const page = await live()
    room.tell([sampleOf(asking, request, 900)])
    await page.getByRole('button', { name: 'Record', exact: true }).click()
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Stop/ }).click(),
    ])
    const file = await saved.path()
    await page.getByLabel('Open a recording').setInputFiles(file)
    await expect.poll(() => page.locator('.standing').textContent(), patience).toContain('Playing')
    expect(await import('node:fs/promises').then(fs => fs.readFile(file, 'utf8'))).toContain('"kind":"bytes"')
  })
})

describe('the stage beside the teacher’s page', () => {
  it('looks at the same line, and keeps its focus', async () => {
    const teacher = await live()
    const stage = await room.openBeside(demoPaths.stage)
    await stage.locator('.lane').first().waitFor()
    await teacher.bringToFront()
    await pauseAt(teacher, 10_000)
    await tap(teacher, carrying, 10_000)
    await stage.locator('.line-bytes table').waitFor()
    expect(await stage.locator('.line-bytes h2').textContent()).toContain('WebSocket: message with notice 1')
    expect(await stage.evaluate(() => document.activeElement === document.body)).toBe(true)
    await stage.bringToFront()
    await stage.keyboard.press('Escape')
    await teacher.locator('.line-bytes').waitFor({ state: 'detached' })
    expect(await stage.locator('.line-bytes').count()).toBe(0)
  })
})

describe('for everyone', () => {
  it.each([
    ['light', demoPaths.teach],
    ['dark', demoPaths.stage],
  ] as const)('is accessible in %s on %s', async (colorScheme, path) => {
    const page = await live(path, { ...calm, colorScheme })
    await openByKey(page, asking.piece!)
    await panel().locator('table').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await panel().getByRole('button', { name: 'Hex' }).click()
    expect(await violationsOf(page)).toEqual([])
  })

  it.each([320, 800])('keeps to a width of %i px', async width => {
    const page = await live(demoPaths.teach, { ...calm, viewport: { width, height: 700 } })
    await openByKey(page, asking.piece!)
    await panel().locator('table').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    expect(await panel().evaluate(element => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0)
  })

  it.each([
    [1280, 720],
    [1920, 1080],
    [1024, 768],
  ])('can be read from the last row on a projector of %i × %i', async (width, height) => {
    const page = await live(demoPaths.stage, { ...calm, viewport: { width, height } })
    await openByKey(page, asking.piece!)
    await panel().locator('table').waitFor()
    const flaws = await page.evaluate(() => {
      const { scrollWidth, scrollHeight } = document.documentElement
      const own = document.querySelector('.line-bytes')!
      const small = [...own.querySelectorAll<HTMLElement>('*')].filter(
        element =>
          !element.closest('.hidden-text') &&
          [...element.childNodes].some(node => node.nodeType === 3 && node.textContent!.trim() !== '') &&
          Number.parseFloat(getComputedStyle(element).fontSize) < 0.0333 * innerHeight - 0.01,
      )
      const box = own.getBoundingClientRect()
      const under = [...document.querySelectorAll('header > *, .lanes .track, .lanes .name')].filter(element => {
        const { right, bottom } = element.getBoundingClientRect()
        return right > box.left + 1 && bottom > box.top + 1
      })
      return {
        scrolls: scrollWidth > innerWidth || scrollHeight > innerHeight,
        isWide: own.scrollWidth > own.clientWidth,
        small: small.map(({ outerHTML }) => outerHTML.slice(0, 80)),
        under: under.map(({ outerHTML }) => outerHTML.slice(0, 80)),
      }
    })
    expect(flaws).toEqual({ scrolls: false, isWide: false, small: [], under: [] })
  })
})

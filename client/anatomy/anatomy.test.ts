// The page of the bytes on the wire, as a visitor has it in a real browser, on the recorded examples.
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { violationsOf } from '../axe.fixture.ts'
import { acceptOf } from '../codecs/accept.ts'
import { toBytes } from '../codecs/bytes.ts'
import { writeHead } from '../codecs/http.ts'
import { clientTransports } from '../transports/index.ts'
import { SAMPLE_ACCEPT, SAMPLE_KEY } from './capture.fixture.ts'
import { plainConnection } from './capture.ts'
import { startVisit, type Visit } from './page.fixture.ts'
import { type Reading, readingOf } from './reading.ts'
import { loadRecording } from './recorded.ts'
import { recordsOf } from './records.ts'
import { sightsOf } from './words.ts'

const names = Object.keys(clientTransports)
let visit: Visit
const recorded: Record<string, Reading> = {}
beforeAll(async () => {
  visit = await startVisit()
  for (const name of names) recorded[name] = readingOf(await loadRecording(name))
})
afterAll(() => visit?.end())
afterEach(async () => {
  visit.tap(undefined)
  expect(await visit.leave()).toEqual([])
})

const sight = (transport: string, label: string): number =>
  sightsOf(recorded[transport]!).find(each => each.label === label)!.number
const open = (transport: string, label: string): string => `#${transport}&message=${sight(transport, label)}`
/** Paths of what is alight, in the lines and in the grid of bits. */
const lit = (within = 'article') =>
  visit.page.locator(`${within} [data-lit]`).evaluateAll(all => all.map(each => (each as HTMLElement).dataset.path))
const focused = () => visit.page.evaluate(() => document.activeElement?.textContent ?? '')

describe('the page', () => {
  it('opens on the handshake of a WebSocket', async () => {
    await visit.show()
    expect(await visit.text('#message-title')).toBe('GET /api/websocket')
    expect(await visit.text('#handshake-title')).toBe('The handshake in four steps')
    // Whether anything captures here is asked when the page stands.
    await visit.page.locator('.source').getByText('npm run anatomy').waitFor()
  })

  it.each(names)('has every message of %s with its size, and opens each', async transport => {
    await visit.show(`#${transport}`)
    const { entries } = recorded[transport]!
    const options = visit.page.getByRole('listbox', { name: 'Messages' }).getByRole('option')
    expect(await options.count()).toBe(entries.length)
    for (const [at, { message }] of entries.entries()) {
      await options.nth(at).click()
      const text = await visit.text('article')
      expect(text).toContain(`Message ${at + 1} of ${entries.length}`)
      expect(text).toContain(message.way === 'up' ? 'client to server' : 'server to client')
      const bytes = await visit.page.locator('.lines .byte').count()
      expect(bytes).toBe(message.to - message.from)
    }
  })

  it.each(names)('sums up the bytes of %s to 100 per cent', async transport => {
    await visit.show(`#${transport}`)
    const shares = [...(await visit.text('.sum .legend')).matchAll(/([\d.]+) %/g)].map(([, share]) => Number(share))
    expect(shares).toHaveLength(4)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 0)
  })

  it('shows the same to whoever gets the link', async () => {
    await visit.show()
    await visit.page.getByRole('link', { name: 'SSE' }).click()
    await visit.page.getByRole('button', { name: 'a notice' }).click()
    await visit.page.locator('.meaning', { hasText: 'field data' }).click()
    const hash = await visit.hash()
    expect(hash).toMatch(/^#sse&message=\d+&part=\d+$/)
    const title = await visit.text('#message-title')
    await visit.show(hash)
    expect(await visit.text('#message-title')).toBe(title)
    expect(await visit.text('[role=option][aria-selected=true].meaning')).toContain('field data')
  })

  it('opens also by a link that was mangled', async () => {
    await visit.show('#websocket&message=9999&part=77.7.7&key=%E0')
    expect(await visit.text('#message-title')).toBe('GET /api/websocket')
  })
})

describe('bytes and meaning', () => {
  it('light each other up under the pointer', async () => {
    await visit.show(open('websocket', 'a notice'))
    const bytes = visit.page.locator('.hex .run')
    const path = await bytes.last().getAttribute('data-path')
    await bytes.last().locator('.byte').first().hover()
    await expect.poll(async () => new Set(await lit())).toEqual(new Set([path]))
    await visit.page.locator('.meaning', { hasText: 'opcode' }).hover()
    // The bits, where they stand in the grid, and the byte that holds them.
    await expect.poll(async () => (await lit()).sort()).toEqual(['0', '0.2', '0.2'])
    await visit.page.locator('h1').hover()
    await expect.poll(() => lit()).toEqual([])
  })

  it('are walked through by arrow keys, from one stop of the tabulator key', async () => {
    await visit.show(open('websocket', 'upstream'))
    await visit.page.locator('.lines [tabindex="0"]').focus()
    await visit.page.keyboard.press('ArrowRight')
    expect(await focused()).toContain('FIN')
    await visit.page.keyboard.press('ArrowDown')
    expect(await focused()).toContain('second byte')
    await visit.page.keyboard.press('End')
    expect(await focused()).toContain('{"publish"')
    expect(await visit.hash()).toMatch(/&part=3$/)
    expect(new Set(await lit())).toEqual(new Set(['3']))
    expect(await visit.page.locator('.lines [tabindex="0"]').count()).toBe(1)
  })

  it('go on to the next message by arrow keys as well', async () => {
    await visit.show('#sse')
    await visit.page.locator('.said-list [tabindex="0"]').focus()
    await visit.page.keyboard.press('ArrowDown')
    await visit.page.keyboard.press('ArrowDown')
    expect(await visit.hash()).toBe('#sse&message=3')
    await visit.page.keyboard.press('End')
    expect(await visit.text('.message .hint')).toContain(
      `Message ${recorded.sse!.entries.length} of ${recorded.sse!.entries.length}`,
    )
    expect(await visit.page.evaluate(() => (document.activeElement as HTMLElement).dataset.number)).toBe(
      String(recorded.sse!.entries.length),
    )
  })

  it('say of each header whether it is needed, and what each group costs a notice', async () => {
    await visit.show('#short-polling')
    const rows = await visit.page.locator('.needs tbody tr').allInnerTexts()
    expect(rows.map(row => row.split('\n')[0])).toEqual(['needed', 'repeated each time', 'optional'])
    expect(await visit.text('.line[data-need=repeated]')).toContain('repeated each time')
    // One row of each, until it is looked at.
    const agent = visit.page.locator('.line', { hasText: 'User-Agent' })
    const before = (await agent.locator('.hex').boundingBox())!.height
    await agent.locator('.meaning').click()
    expect((await agent.locator('.hex').boundingBox())!.height).toBeGreaterThan(2 * before)
  })

  it('show a frame by bits, and its mask undone', async () => {
    await visit.show(open('websocket', 'upstream'))
    expect(await visit.page.locator('.cell .name').allTextContents()).toEqual(
      expect.arrayContaining(['FIN', 'RSV', 'opcode', 'MASK', 'length', 'mask 1', 'mask 4']),
    )
    const steps = await visit.page.locator('.step[data-mask]').allInnerTexts()
    expect(steps.map(step => step.trim().at(-1)).join('')).toMatch(/^\{"publish":/)
    const [wire, mask, plain] = steps[0]!.split('\n').map(hex => Number.parseInt(hex, 16))
    expect(wire! ^ mask!).toBe(plain)
  })

  it('say where one read of TCP was not one message', async () => {
    await visit.show(open('websocket', 'several in one read'))
    expect(await visit.text('.reads-note')).toContain('One read of TCP is not one message')
    expect(await visit.text('.said[aria-selected=true] .reads')).toContain('in one read with the one above')
  })
})

describe('the handshake', () => {
  it('has the answer of the standard for the key of the standard, and keeps it in the link', async () => {
    await visit.show()
    await visit.page.getByRole('button', { name: 'The standard’s' }).click()
    expect(await visit.text('#accept')).toBe(SAMPLE_ACCEPT)
    await visit.page.fill('#key', `${SAMPLE_KEY}x`)
    expect(await visit.text('#key-says')).toContain('A server would refuse it')
    await visit.page.getByRole('button', { name: 'A random one' }).click()
    expect(await visit.text('#key-says')).not.toContain('refuse')
    const key = await visit.page.inputValue('#key')
    expect(await visit.text('#accept')).toBe(acceptOf(key).accept)
    await visit.show(await visit.hash())
    expect(await visit.page.inputValue('#key')).toBe(key)
    await visit.page.getByRole('button', { name: 'The captured one' }).click()
    expect(await visit.hash()).toBe('')
  })

  it('is checked against what the server answered', async () => {
    await visit.show()
    expect(await visit.text('.steps li:last-child')).toContain('and what the server answered')
    await visit.page.getByRole('button', { name: 'From here on: frames' }).click()
    expect(await visit.text('#message-title')).toContain('frame')
  })

  it('has what each wrong step got, as it was recorded', async () => {
    await visit.show()
    await visit.page.getByText('What does each wrong step get?').click()
    const outcome = async (label: string) => {
      const item = visit.page.locator('.tries li', { hasText: label })
      await item.locator('details').waitFor()
      return item.locator('.bar').textContent()
    }
    expect(await outcome('a version that was a draft')).toContain('426 Upgrade Required')
    expect(await outcome('without a key')).toContain('400 Bad Request')
    expect(await outcome('without a mask')).toContain('then closed: 1002')
    expect(await visit.page.locator('.tries button').count()).toBe(0)
  })

  it('is tried with something wrong where a tap is behind the page', async () => {
    const answer = writeHead('HTTP/1.1 426 Upgrade Required', [['Sec-WebSocket-Version', '13']])
    visit.tap(step => ({
      step,
      connection: plainConnection({
        openedMs: 0,
        chunks: [
          { way: 'up', atMs: 1, bytes: toBytes('GET / HTTP/1.1\r\nSec-WebSocket-Version: 8\r\n\r\n') },
          { way: 'down', atMs: 2, bytes: answer },
        ],
      }),
    }))
    await visit.show()
    await visit.page.getByText('What does each wrong step get?').click()
    const item = visit.page.locator('.tries li', { hasText: 'a version that was a draft' })
    await item.getByRole('button').click()
    await item.getByText('tried just now').waitFor()
    expect(await item.textContent()).toContain('426 Upgrade Required')
  })
})

describe('a capture that cannot be taken', () => {
  it('is told, with the reason, and the recorded example stays', async () => {
    visit.tap(() => ({}))
    await visit.show()
    await visit.page.getByRole('button', { name: 'Capture WebSocket now' }).click()
    expect(await visit.text('[role=alert]')).toBe('Nothing was captured. another capture is under way')
    expect(await visit.text('#message-title')).toBe('GET /api/websocket')
    expect(await visit.text('.source')).not.toContain('npm run anatomy')
  })
})

describe('side by side', () => {
  const totals = async () =>
    Object.fromEntries(
      await visit.page
        .locator('.rows li')
        .evaluateAll(all =>
          all.map(each => [
            each.querySelector('a')!.textContent!.split('\u00a0')[1],
            [...each.querySelectorAll('.block')].reduce((sum, block) => sum + block.getBoundingClientRect().width, 0),
          ]),
        ),
    )

  it('draws a notice on every transport to one scale, and says the most and the least', async () => {
    await visit.show('#side-by-side')
    const widths = await totals()
    expect(Object.keys(widths).sort()).toEqual(
      Object.values(clientTransports)
        .map(({ label }) => label)
        .sort(),
    )
    const said = /Long polling carries (\d+) B for each notice, ◆.WebSocket (\d+) B/.exec(
      await visit.text('figcaption'),
    )!
    expect(widths['Long polling']! / widths.WebSocket!).toBeCloseTo(Number(said[1]) / Number(said[2]), 0)
  })

  it('moves the share of the polls, and nothing else, with the slider', async () => {
    await visit.show('#side-by-side')
    await visit.page.locator('#notices').focus()
    await visit.page.keyboard.press('Home')
    expect(await visit.hash()).toBe('#side-by-side&notices=0.1')
    expect(await visit.text('figcaption')).toContain('Short polling')
    await visit.page.getByText('The figures').click()
    const cells = async (label: string) => {
      const row = visit.page.locator('details tr', { hasText: label })
      return (await row.locator('td').allTextContents()).map(Number)
    }
    const [rare, push] = [await cells('Short polling'), await cells('WebSocket')]
    await visit.show('#side-by-side&notices=10')
    await visit.page.getByText('The figures').click()
    const often = await cells('Short polling')
    expect(rare[3]).toBeGreaterThan(1000)
    expect(often[3]).toBeLessThan(1)
    expect(often[0]).toBe(rare[0])
    expect((await cells('WebSocket'))[1]).toBe(push[1])
  })
})

describe('under TLS', () => {
  it('there are records alone, and their lengths are those of the frames', async () => {
    await visit.show('#tls')
    const capture = await loadRecording('tls')
    const records = capture.connections.flatMap(recordsOf)
    const rows = visit.page.locator('table.records tbody tr')
    expect(await rows.count()).toBe(records.length)
    const said = new Set((await rows.locator('td:nth-child(5)').allTextContents()).map(Number))
    // An empty ping, and what answers it.
    for (const bytes of [2, 6]) expect(said).toContain(bytes)
    await visit.page.getByRole('link', { name: 'the open' }).click()
    await visit.page.locator('#message-title').waitFor()
  })
})

describe('for everyone', () => {
  const rooms = [
    ['the handshake', () => '#websocket'],
    ['a frame from the client', () => open('websocket', 'upstream')],
    ['an event', () => open('sse', 'a notice')],
    ['polls', () => '#short-polling'],
    ['the library', () => '#socket-io'],
    ['side by side', () => '#side-by-side'],
    ['under TLS', () => '#tls'],
  ] as const

  describe.each(rooms)('%s', (_, hash) => {
    it.each(['light', 'dark'] as const)('is accessible in %s, with a part alight', async theme => {
      const part = /side|tls/.test(hash()) ? '' : '&part=1'
      await visit.show(`${hash()}${part}&theme=${theme}`)
      for (const details of await visit.page.locator('details').all())
        await details.evaluate(element => ((element as HTMLDetailsElement).open = true))
      expect(await violationsOf(visit.page)).toEqual([])
    })

    it.each([320, 390, 1280])('fits a window %d px wide', async width => {
      await visit.show(hash(), { viewport: { width, height: 800 } })
      expect(await visit.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    })
  })

  it('is reached by the tabulator key, each stop to be seen', async () => {
    await visit.show()
    const reached: string[] = []
    for (let step = 0; step < 60; step++) {
      await visit.page.keyboard.press('Tab')
      const what = await visit.page.evaluate(() => {
        const at = document.activeElement
        if (!at || at === document.body) return ''
        return getComputedStyle(at).outlineStyle === 'none'
          ? `unseen ${at.outerHTML.slice(0, 80)}`
          : at.id || at.textContent!
      })
      if (what === '') break
      expect(what).not.toContain('unseen')
      reached.push(what.trim())
    }
    for (const wanted of ['Skip to the bytes', 'theme', 'SSE', 'Side by side', 'handshake', 'next →', 'key'])
      expect(
        reached.some(what => what.includes(wanted)),
        wanted,
      ).toBe(true)
  })
})

it('is at most 40 kB, gzipped, until it stands, without its recordings', async () => {
  await visit.show()
  await visit.page.waitForLoadState('networkidle')
  const own = await Promise.all(
    visit.loaded
      .filter(response => !/\/api\/|\/assets\/(websocket|tries)-/.test(response.url()))
      .map(response => response.body()),
  )
  expect(own.length).toBeGreaterThan(2)
  const bytes = own.reduce((sum, body) => sum + gzipSync(body).length, 0)
  expect(bytes).toBeGreaterThan(10_000)
  expect(bytes).toBeLessThanOrEqual(40_000)
})

// The results page in a real browser: what it shows, and every control with its link.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parseRun } from '../../results/format.ts'
import { charts } from '../charts/index.ts'
import { newer, startVisit, type Visit } from './page.fixture.ts'

let visit: Visit
beforeAll(async () => {
  visit = await startVisit()
})
afterAll(() => visit?.end())
afterEach(async () => expect(await visit.leave()).toEqual([]))

const all = Object.keys(charts)
/** The charts of the overview. */
const carrying = ['medians', 'bytes', 'idle-bytes']
const figures = () => visit.page.locator('figure').evaluateAll(found => found.map(({ id }) => id))

describe('the results page', () => {
  it('opens on the newest run: verdict, comparison, the charts that carry it, and the way to the rest', async () => {
    await visit.show()
    await visit.drawn(carrying.length)
    expect(await visit.text('.verdict')).toMatch(/^WebSocket and SSE tied fastest|^WebSocket was fastest/)
    expect(await visit.names()).toEqual(['● Short polling', '■ Long polling', '▲ SSE', '◆ WebSocket'])
    expect(await figures()).toEqual(carrying)
    expect(await visit.hash()).toBe('')
    // Nobody takes a run of their own for the example that comes with the lab.
    expect(await visit.text('main')).not.toContain('not your machine')
  })

  it('has rooms with addresses, and the way back', async () => {
    await visit.show()
    const room = (name: string) => visit.page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name })
    await room('Charts').click()
    await visit.hashBecomes('#charts')
    await visit.drawn()
    expect(await figures()).toEqual(all)
    expect(await room('Charts').getAttribute('aria-current')).toBe('page')
    expect(await visit.page.title()).toBe('Transport lab: charts')
    await room('Method').click()
    await visit.hashBecomes('#method')
    expect(await visit.text('#limits')).toBe('What this run cannot tell')
    expect(await visit.text('section[aria-labelledby=measured]')).toContain('Made-up CPU')
    for (const word of ['notice', 'transit', 'p99', '95 % interval'])
      expect(await visit.text('section[aria-labelledby=words]')).toContain(word)
    await room('Compare').click()
    await visit.hashBecomes('#compare')
    expect(await visit.text('main')).toContain('Choose the run to compare with')
    await room('Claims').click()
    await visit.hashBecomes('#claims')
    expect(await visit.text('#claims')).toContain('Claims put to the test')
    await visit.page.goBack()
    await visit.hashBecomes('#compare')
    expect(await visit.text('main')).toContain('Choose the run to compare with')
    await visit.page.getByRole('link', { name: 'Transport lab' }).click()
    await visit.page.waitForSelector('.comparison')
  })

  it('names runs by day and conditions, by experiment, with the id in a tooltip', async () => {
    await visit.show()
    const option = visit.page.locator('#run-chooser option', { hasText: 'The <b>newer</b> one' })
    expect(await option.textContent()).toBe('The <b>newer</b> one · 20 Nov 2026, 10:00 · 2000 subscribers · 10/s')
    expect(await option.getAttribute('title')).toBe('newer')
    expect(await visit.page.locator('#run-chooser optgroup').first().getAttribute('label')).toBe('delivery')
  })

  it('shows a name as text, whatever it holds', async () => {
    await visit.show()
    expect(await visit.text('.run-name')).toBe('The <b>newer</b> one')
    expect(await visit.page.locator('.run-name b').count()).toBe(0)
  })

  it('gives every chart its caption, finding, accessible name, table and buttons', async () => {
    await visit.show('#charts')
    await visit.drawn()
    for (const name of Object.keys(charts)) {
      const figure = visit.page.locator(`figure#${name}`)
      expect(await figure.locator('figcaption h3').textContent()).not.toBe('')
      const finding = await figure.locator('.finding').textContent()
      const canvas = figure.locator('canvas')
      expect(await canvas.getAttribute('role')).toBe('img')
      expect(await canvas.getAttribute('aria-label')).toContain(finding!)
      expect(await figure.locator('.take button').allInnerTexts()).toEqual([
        expect.stringMatching(/^PNG/),
        expect.stringMatching(/^CSV/),
      ])
      await figure.locator('summary').click()
      await figure.locator('tbody tr').nth(3).waitFor()
      const isBlank = await canvas.evaluate((element: HTMLCanvasElement) => {
        const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height)
        return new Set(new Uint32Array(data.buffer)).size < 4
      })
      expect(isBlank, `${name} is blank`).toBe(false)
    }
  })

  it('has a line in the place of a chart that has nothing to draw, and says why', async () => {
    await visit.show('#charts&run=older')
    await visit.drawn()
    expect(await visit.page.locator('figure#memory').count()).toBe(0)
    expect(await visit.text('p#memory')).toBe('Server memory per connection: n/a (fewer than 2000 subscribers)')
  })

  it('says in a chart’s table what its CSV says, rounded', async () => {
    await visit.show('#charts')
    await visit.drawn()
    for (const name of Object.keys(charts)) {
      const figure = visit.page.locator(`figure#${name}`)
      await figure.locator('summary').click()
      await figure.locator('tbody tr').first().waitFor()
      const shown = await figure
        .locator('tbody tr')
        .evaluateAll(rows => rows.map(row => [...row.children].map(cell => cell.textContent ?? '')))
      const { content } = await visit.downloaded(() => figure.getByRole('button', { name: /^CSV/ }).click())
      const records = content.toString().trim().split('\r\n').slice(1)
      expect(shown.length).toBe(records.length)
      for (const [at, record] of records.entries())
        for (const [column, exact] of record.split(',').entries()) {
          const value = shown[at]![column]!
          if (exact === '') expect(value).toMatch(/^(–|n\/a .+)$/)
          // A name stands in the table with its glyph.
          else if (Number.isNaN(Number(exact))) expect(value.replace(/^\P{L} /u, '')).toBe(exact)
          else expect(Math.abs(Number(value) - Number(exact))).toBeLessThanOrEqual(Math.abs(Number(exact)) * 0.006)
        }
    }
  })
})

describe('every control', () => {
  const controls: [
    name: string,
    act: () => Promise<unknown>,
    hash: string,
    check: () => Promise<void>,
    from?: string,
  ][] = [
    [
      'the run chooser',
      () => visit.page.selectOption('#run-chooser', 'older'),
      '#run=older',
      async () => expect(await visit.page.locator('#run-chooser').inputValue()).toBe('older'),
    ],
    [
      'the choice of another run to compare with',
      () => visit.page.selectOption('#compare', 'older'),
      '#compare=older',
      async () => {
        expect(await visit.text('#differences')).toContain('Against the run of 18 Nov 2026, 10:00')
        await visit.drawn(1)
      },
      '#compare',
    ],
    [
      'the choice of a figure for two runs',
      () => visit.page.selectOption('#statistic', 'p99Ms'),
      '#compare=older&statistic=p99Ms',
      () => visit.page.locator('figure#two-runs h3', { hasText: 'p99 latency, before and now' }).waitFor(),
      '#compare=older',
    ],
    [
      'the choice of a load',
      () => visit.page.selectOption('#scenario', 'far away'),
      '#run=two-loads&scenario=far+away',
      async () => expect(await visit.text('.verdict')).toContain('200 ms RTT'),
      '#run=two-loads',
    ],
    [
      'a chip',
      () => visit.page.click('[data-transport=long-polling]'),
      '#charts&show=short-polling,sse,websocket',
      async () => {
        expect(await visit.page.getAttribute('[data-transport=long-polling]', 'aria-pressed')).toBe('false')
        await visit.page.waitForFunction(
          () => document.querySelector('#latency .finding')?.textContent?.includes('Long polling') === false,
        )
      },
      '#charts',
    ],
    [
      'the baseline',
      () => visit.page.selectOption('#baseline', 'short-polling'),
      '#baseline=short-polling',
      async () => {
        expect(await visit.text('[data-column=ratio]')).toContain('Short polling')
        expect(await visit.text('.comparison tbody tr:last-child')).toMatch(/\d{3}× faster/)
      },
    ],
    [
      'a column head, once',
      () => visit.page.click('[data-column=bytesPerNotice]'),
      '#sort=bytesPerNotice',
      async () => {
        expect((await visit.names())[0]).toContain('WebSocket')
        expect(await visit.page.getAttribute('th:has([data-column=bytesPerNotice])', 'aria-sort')).toBe('ascending')
      },
    ],
    [
      'a column head, twice',
      () => visit.page.dblclick('[data-column=bytesPerNotice]'),
      '#sort=bytesPerNotice&order=descending',
      async () => expect((await visit.names())[0]).toContain('Long polling'),
    ],
    [
      'the theme',
      () => visit.page.selectOption('#theme', 'dark'),
      '#theme=dark',
      async () =>
        expect(await visit.page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
          'rgb(17, 24, 39)',
        ),
    ],
  ]

  it.each(controls)('%s does its work, and its link brings it back', async (_, act, expected, check, from = '') => {
    await visit.show(from)
    await act()
    await visit.hashBecomes(expected)
    await check()
    await visit.show(expected)
    expect(await visit.hash()).toBe(expected)
    await check()
  })

  it('keeps one transport, and sorts back to the run’s order at the third click', async () => {
    await visit.show('#show=sse')
    await visit.page.click('[data-transport=sse]')
    expect(await visit.names()).toEqual(['▲ SSE'])
    for (const wanted of ['#sort=p99Ms&show=sse', '#sort=p99Ms&order=descending&show=sse', '#show=sse']) {
      await visit.page.click('[data-column=p99Ms]')
      expect(await visit.hash()).toBe(wanted)
    }
  })

  it('exports what parses back', async () => {
    await visit.show()
    await visit.drawn(carrying.length)
    const json = await visit.downloaded(() => visit.page.click('[data-export=JSON]'))
    expect(json.name).toBe('newer.json')
    expect(parseRun(JSON.parse(json.content.toString()))).toEqual(newer)
    const csv = await visit.downloaded(() => visit.page.click('[data-export=CSV]'))
    const [header, ...records] = csv.content.toString().trim().split('\r\n')
    expect(records).toHaveLength(newer.summary.length)
    const at = header!.split(',').indexOf('bytesPerNotice')
    const { value } = newer.summary[0]!.statistics.bytesPerNotice as { value: number }
    expect(Number(records[0]!.split(',')[at]) / value).toBeCloseTo(1, 5)
    const markdown = await visit.downloaded(() => visit.page.click('[data-export=Markdown]'))
    expect(markdown.content.toString()).toContain('| transport |')
    const png = await visit.downloaded(() => visit.page.locator('figure#medians .take button').first().click())
    expect(png.name).toBe('newer-medians.png')
    expect(png.content.subarray(1, 4).toString()).toBe('PNG')
    expect([png.content.readUInt32BE(16), png.content.readUInt32BE(20)]).toEqual([1920, 1080])
  })

  it('compares with no verdict, and says why, where the runs are not alike', async () => {
    await visit.show('#compare=older')
    expect(await visit.text('section[aria-labelledby=differences]')).toContain('Not like for like')
    expect(await visit.text('section[aria-labelledby=differences]')).toContain('clients: 100 before, 2000 now')
    expect(await visit.page.locator('section[aria-labelledby=differences] .verdict').count()).toBe(0)
  })
})

// A run of experiments in a real browser: its claims, one by one, and the charts across its loads.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { violationsOf } from '../axe.fixture.ts'
import { charts } from '../charts/index.ts'
import { chartsAcrossLoads } from '../charts/occasional.ts'
import { experimentsRun } from './experiments.fixture.ts'
import { startVisit, type Visit } from './page.fixture.ts'

const run = experimentsRun()
const across = Object.keys(chartsAcrossLoads)
const figures = Object.keys(charts).length + across.length

let visit: Visit
beforeAll(async () => {
  visit = await startVisit()
  await visit.put(run)
})
afterAll(() => visit?.end())
afterEach(async () => expect(await visit.leave()).toEqual([]))

const show = async (more = '', options = {}) => {
  await visit.show(`#claims&run=${run.id}${more}`, options)
  await visit.page.waitForSelector('.claim')
}
const claim = (id: string) => visit.page.locator(`#claim-${id}`)
const isOpen = (id: string) => claim(id).evaluate(details => (details as HTMLDetailsElement).open)
const isSeen = (id: string) =>
  visit.page.waitForFunction(anchor => {
    const { top } = document.getElementById(anchor)!.getBoundingClientRect()
    return top >= -1 && top < innerHeight
  }, `claim-${id}`)
/** Mark, title and finding of each. */
const listed = () =>
  visit.page
    .locator('.claim > summary')
    .evaluateAll(found =>
      found.map(row => ['.mark', 'strong', '.finding-line'].map(part => row.querySelector(part)?.textContent ?? '')),
    )

describe('claims', () => {
  it('are listed once: the sentence, the verdict as word, shape and colour, and the finding in a line', async () => {
    await show()
    expect(await visit.text('section[aria-labelledby=claims]')).toContain(
      '4 claims: 1 reproduced, 1 qualified, 1 refuted, 1 inconclusive.',
    )
    const words = run.claims!.map(each => each.claim)
    expect(await listed()).toEqual([
      ['✗ refuted', words[0], 'It is half the interval and half a round trip.'],
      ['◐ qualified', words[1], 'It holds for headers alone.'],
      ['✓ reproduced', words[2], 'To the byte.'],
      ['? inconclusive', words[3], 'its rule could not be applied: no usable cell'],
    ])
    const colours = await visit.page
      .locator('.claim .mark')
      .evaluateAll(all => all.map(each => getComputedStyle(each).borderLeftColor))
    expect(new Set(colours).size).toBe(4)
    expect(await visit.page.locator('details.claim figure').count()).toBe(0)
  })

  it('tell, opened, their source, prediction, tolerance and figures, and draw their chart only then', async () => {
    await show()
    await claim('half-interval-poll').locator('> summary').click()
    const figure = claim('half-interval-poll').locator('figure')
    await figure.locator('canvas[aria-label*="Furthest from the prediction"]').waitFor()
    const { claim: words, source, prediction, tolerance, why } = run.claims![0]!
    const text = (await claim('half-interval-poll').textContent())!
    for (const part of [words, source, prediction, tolerance, why]) expect(text).toContain(part)
    expect(await figure.locator('tbody tr').first().locator('td').allInnerTexts()).toEqual(
      expect.arrayContaining(['T = 1 s', '550', '600', '549', '545', '553', '3']),
    )
    const png = await visit.downloaded(() => figure.getByRole('button', { name: /^PNG/ }).click())
    expect(png.name).toBe('experiments-claim-half-interval-poll-chart.png')
    await visit.hashBecomes('#run=experiments&claim=half-interval-poll')
    await figure.locator('summary').click()
    expect(await isOpen('half-interval-poll')).toBe(true)
    await claim('half-interval-poll').locator('> summary').click()
    await visit.hashBecomes('#claims&run=experiments')
    await figure.waitFor({ state: 'detached' })
  })

  it('have their source as a link where it has an address', async () => {
    await show('&claim=headers-500')
    const link = claim('headers-500').getByRole('link', { name: 'a paper of 2010' })
    await link.waitFor()
    expect(await link.getAttribute('href')).toBe('https://example.org/paper')
    await show('&claim=sse-framing')
    await claim('sse-framing').locator('dl').waitFor()
    expect(await claim('sse-framing').locator('dl a').count()).toBe(0)
  })

  it('are chosen by verdict and by topic', async () => {
    await show()
    await visit.page.click('[data-verdict=refuted]')
    await visit.hashBecomes('#claims&run=experiments&verdict=refuted')
    expect((await listed()).map(([mark]) => mark)).toEqual(['✗ refuted'])
    await visit.page.click('[data-verdict=refuted]')
    expect(await listed()).toHaveLength(4)
    await visit.page.selectOption('#topic', 'bytes')
    await visit.hashBecomes('#claims&run=experiments&topic=bytes')
    expect((await listed()).map(([mark]) => mark)).toEqual(['◐ qualified', '✓ reproduced'])
  })

  it('open from the overview, from a link, and from a bare anchor', async () => {
    await visit.show(`#run=${run.id}`)
    const digest = visit.page.locator('section[aria-labelledby=digest]')
    expect(await digest.locator('.mark').allInnerTexts()).toEqual(['◐ qualified', '✗ refuted'])
    await digest.getByRole('link', { name: /^500:1/ }).click()
    await isSeen('headers-500')
    expect(await isOpen('headers-500')).toBe(true)
    expect(await visit.page.evaluate(() => document.activeElement?.textContent)).toContain('500:1')
    await visit.hashBecomes('#run=experiments&claim=headers-500')
    await show('&claim=graceful')
    await isSeen('graceful')
    expect(await isOpen('graceful')).toBe(true)
    expect(await claim('graceful').textContent()).toContain('no usable cell')
    expect(await claim('graceful').locator('figure').count()).toBe(0)
    await visit.page.evaluate(() => {
      location.hash = '#run=experiments&claim=sse-framing'
    })
    await claim('sse-framing').locator('canvas').waitFor()
    expect(await claim('sse-framing').locator('strong b').count()).toBe(0)
  })

  it('are reached and opened by keyboard alone', async () => {
    await show()
    await visit.page.locator('.claim > summary').first().focus()
    await visit.page.keyboard.press('Enter')
    expect(await isOpen('half-interval-poll')).toBe(true)
    await visit.page.keyboard.press('Space')
    expect(await isOpen('half-interval-poll')).toBe(false)
    await visit.page.keyboard.press('Tab')
    await visit.page.keyboard.press('Enter')
    expect(await isOpen('headers-500')).toBe(true)
  })

  it('are those of all runs on a run without any, each once, with the run that judged it', async () => {
    await visit.show('#claims&run=older')
    await visit.page.waitForSelector('.claim')
    expect(await visit.page.locator('#of').inputValue()).toBe('all')
    expect(await listed()).toHaveLength(4)
    await claim('half-interval-poll').locator('> summary').click()
    await claim('half-interval-poll').locator('canvas').waitFor()
    const png = await visit.downloaded(() => claim('half-interval-poll').getByRole('button', { name: /^PNG/ }).click())
    expect(png.name).toBe('experiments-claim-half-interval-poll-chart.png')
    await claim('half-interval-poll').getByRole('link', { name: '16 Nov 2026' }).click()
    await visit.hashBecomes('#run=experiments')
  })
})

describe('charts across loads', () => {
  it('stand on the page with caption, finding, accessible name, table and buttons, and are not blank', async () => {
    await visit.show(`#charts&run=${run.id}`)
    await visit.drawn(figures)
    for (const name of across) {
      const figure = visit.page.locator(`figure#${name}`)
      const finding = await figure.locator('.finding').textContent()
      expect(await figure.locator('canvas').getAttribute('aria-label')).toContain(finding!)
      expect(await figure.locator('.caption').textContent()).toContain('Loads: ')
      await figure.locator('summary').click()
      await figure.locator('tbody tr').nth(3).waitFor()
      expect(await figure.locator('.take button').count()).toBe(2)
      const colours = await figure.locator('canvas').evaluate((element: HTMLCanvasElement) => {
        const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height)
        return new Set(new Uint32Array(data.buffer)).size
      })
      expect(colours, `${name} is blank`).toBeGreaterThan(4)
    }
  })
})

describe('access', () => {
  it.each(['light', 'dark'] as const)('axe finds nothing wrong in the %s theme, with claims opened', async theme => {
    await show(`&theme=${theme}`)
    for (const { id } of run.claims!) await claim(id).locator('> summary').click()
    await claim('sse-framing').locator('canvas').waitFor()
    expect(await violationsOf(visit.page)).toEqual([])
  })

  it.each([320, 390, 1280])('fits a window %d px wide, with claims opened', async width => {
    await show('', { viewport: { width, height: 720 } })
    for (const { id } of run.claims!) await claim(id).locator('> summary').click()
    await claim('sse-framing').locator('canvas').waitFor()
    expect(await visit.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    const wide = await visit.page
      .locator('canvas')
      .evaluateAll((all, limit) => all.filter(each => each.getBoundingClientRect().right > limit).length, width)
    expect(wide).toBe(0)
  })
})

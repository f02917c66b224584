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
  await visit.show(`#run=${run.id}${more}`, options)
  await visit.page.waitForSelector('#claims')
}
const claim = (id: string) => visit.page.locator(`#claim-${id}`)
const isOpen = (id: string) => claim(id).evaluate(details => (details as HTMLDetailsElement).open)
const isSeen = (id: string) =>
  visit.page.waitForFunction(anchor => {
    const { top } = document.getElementById(anchor)!.getBoundingClientRect()
    return top >= -1 && top < innerHeight
  }, `claim-${id}`)

describe('claims', () => {
  it('stand in a table with their verdicts in a word and a mark, and are closed', async () => {
    await show()
    expect(await visit.text('section[aria-labelledby=claims]')).toContain(
      '4 claims: 1 reproduced, 1 qualified, 1 refuted, 1 inconclusive.',
    )
    const rows = await visit.page
      .locator('.verdicts tbody tr')
      .evaluateAll(all =>
        all.map(row => ['a', '.below', 'strong'].map(part => row.querySelector(part)?.textContent ?? '')),
      )
    const words = run.claims!.map(({ claim }) => claim)
    expect(rows).toEqual([
      ['half-interval-poll', words[0], '✗ refuted'],
      ['headers-500', words[1], '◐ qualified'],
      ['sse-framing', words[2], '✓ reproduced'],
      ['graceful', words[3], '? inconclusive'],
    ])
    const colours = await visit.page
      .locator('.verdicts strong')
      .evaluateAll(all => all.map(each => getComputedStyle(each).color))
    expect(new Set(colours).size).toBe(1)
    expect(await visit.page.locator('details.claim figure').count()).toBe(0)
  })

  it('tell, opened, their words, source, prediction, tolerance and why, and draw their chart only then', async () => {
    await show()
    await claim('half-interval-poll').locator('> summary').click()
    const figure = claim('half-interval-poll').locator('figure')
    await figure.locator('canvas[aria-label*="Furthest from the model"]').waitFor()
    const { claim: words, source, prediction, tolerance, why } = run.claims![0]!
    const text = (await claim('half-interval-poll').textContent())!
    for (const part of [words, source, prediction, tolerance, why]) expect(text).toContain(part)
    expect(await claim('half-interval-poll').locator('q').count()).toBe(1)
    expect(await figure.locator('tbody tr').first().locator('td').allInnerTexts()).toEqual([
      'T = 1 s',
      '550',
      '600',
      '549',
      '545',
      '553',
      '3',
    ])
    const png = await visit.downloaded(() => figure.getByRole('button', { name: /^PNG/ }).click())
    expect(png.name).toBe('experiments-claim-half-interval-poll-chart.png')
    await visit.hashBecomes('#run=experiments&claim=half-interval-poll')
    await figure.locator('summary').click()
    expect(await isOpen('half-interval-poll')).toBe(true)
    await claim('half-interval-poll').locator('> summary').click()
    await visit.hashBecomes('#run=experiments')
    await figure.waitFor({ state: 'detached' })
  })

  it('open from the table, from a link, and from a bare anchor', async () => {
    await show()
    await visit.drawn(figures)
    await visit.page.click('.verdicts a >> text=headers-500')
    await isSeen('headers-500')
    expect(await visit.page.evaluate(() => document.activeElement?.textContent)).toContain('headers-500')
    await visit.hashBecomes('#run=experiments&claim=headers-500')
    expect(await visit.page.getAttribute('.verdicts a >> text=graceful', 'href')).toBe(
      '#run=experiments&claim=graceful',
    )
    await show('&claim=graceful')
    await isSeen('graceful')
    expect(await isOpen('graceful')).toBe(true)
    expect(await claim('graceful').textContent()).toContain('no usable cell')
    expect(await claim('graceful').locator('figure').count()).toBe(0)
    await visit.page.evaluate(() => {
      location.hash = '#run=experiments&claim=sse-framing'
    })
    await claim('sse-framing').locator('canvas').waitFor()
    expect(await claim('sse-framing').locator('q b').count()).toBe(0)
  })

  it('are reached and opened by keyboard alone', async () => {
    await show()
    await visit.page.locator('.verdicts a').first().focus()
    await visit.page.keyboard.press('Enter')
    expect(await isOpen('half-interval-poll')).toBe(true)
    await visit.page.keyboard.press('Space')
    expect(await isOpen('half-interval-poll')).toBe(false)
    await visit.page.keyboard.press('Tab')
    await visit.page.keyboard.press('Enter')
    expect(await isOpen('headers-500')).toBe(true)
  })

  it('have no place on a run without any', async () => {
    await visit.show('#run=older')
    await visit.drawn()
    expect(await visit.page.locator('#claims, #across').count()).toBe(0)
  })
})

describe('charts across loads', () => {
  it('stand on the page with caption, finding, accessible name, table and buttons, and are not blank', async () => {
    await show()
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
    await visit.drawn(figures)
    for (const { id } of run.claims!) await claim(id).locator('> summary').click()
    await claim('sse-framing').locator('canvas').waitFor()
    expect(await violationsOf(visit.page)).toEqual([])
  })

  it.each([320, 390, 1280])('fits a window %d px wide, with claims opened', async width => {
    await show('', { viewport: { width, height: 720 } })
    await visit.drawn(figures)
    for (const { id } of run.claims!) await claim(id).locator('> summary').click()
    await claim('sse-framing').locator('canvas').waitFor()
    expect(await visit.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    const wide = await visit.page
      .locator('canvas')
      .evaluateAll((all, limit) => all.filter(each => each.getBoundingClientRect().right > limit).length, width)
    expect(wide).toBe(0)
  })
})

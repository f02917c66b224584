// A run whose subscribers were pages of a browser, in a real one: its charts and its claims, though it has no load of notices.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { violationsOf } from '../axe.fixture.ts'
import { chartsOfBrowsers } from '../charts/occasional.ts'
import { browserRun } from './browser.fixture.ts'
import { startVisit, type Visit } from './page.fixture.ts'

const run = browserRun()
const names = Object.keys(chartsOfBrowsers)

let visit: Visit
beforeAll(async () => {
  visit = await startVisit()
  await visit.put(run)
})
afterAll(() => visit?.end())
afterEach(async () => expect(await visit.leave()).toEqual([]))

const show = async (more = '', options = {}) => {
  await visit.show(`#charts&run=${run.id}${more}`, options)
  await visit.drawn(names.length)
}

it('draws the charts of a browser, opens a claim, and says how it was measured', async () => {
  await show()
  expect(await visit.text('#browser')).toBe('In a browser')
  for (const name of names) {
    const figure = visit.page.locator(`figure#${name}`)
    const finding = await figure.locator('.finding').textContent()
    expect(await figure.locator('canvas').getAttribute('aria-label')).toContain(finding!)
    await figure.locator('summary').click()
    await figure.locator('tbody tr').nth(3).waitFor()
  }
  expect(await visit.page.locator('.comparison, #charts').count()).toBe(0)
  const png = await visit.downloaded(() => visit.page.locator('#tabs .take button').first().click())
  expect(png.name).toBe('browser-tabs.png')
  await visit.show(`#run=${run.id}&claim=six-tabs`)
  await visit.page.locator('#claim-six-tabs figure canvas').waitFor()
  await visit.show(`#method&run=${run.id}`)
  expect(await visit.text('section[aria-labelledby=measured]')).toContain('Made-up CPU')
  expect(await visit.page.locator('#limits').count()).toBe(0)
})

it.each(['light', 'dark'] as const)(
  'fits a window 320 px wide, and axe finds nothing wrong in the %s theme',
  async theme => {
    const width = 320
    await show(`&theme=${theme}`, { viewport: { width, height: 720 } })
    expect(await visit.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    expect(await violationsOf(visit.page)).toEqual([])
  },
)

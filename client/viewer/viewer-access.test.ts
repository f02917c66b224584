// The page for everyone and over time: keyboard, axe, small windows, and runs that finish while it is open.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { violationsOf } from '../axe.fixture.ts'
import { charts } from '../charts/index.ts'
import { startVisit, type Visit } from './page.fixture.ts'
import { fixtureRun } from './run.fixture.ts'

let visit: Visit
beforeAll(async () => {
  visit = await startVisit()
})
afterAll(() => visit?.end())
afterEach(async () => expect(await visit.leave()).toEqual([]))

/** A page looks for runs every few seconds, and at once when it comes back into view. */
const lookAgain = () => visit.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))

describe('a page that stays open', () => {
  it('shows the run that finishes meanwhile, and only offers it to whoever looks at an older one', async () => {
    await visit.show()
    const running = fixtureRun({ id: 'latest', status: 'running', startedAt: '2026-11-21T10:00:00.000Z', rounds: 2 })
    await visit.put(running)
    const seen = visit.page.waitForResponse(
      async response => response.url().endsWith('/api/runs') && (await response.text()).includes('latest'),
    )
    await seen
    expect(await visit.text('dl')).not.toContain('running')
    await visit.put({ ...running, status: 'complete' })
    await lookAgain()
    await visit.page.waitForFunction(() => document.querySelector('dl')?.textContent?.includes('2 of 2 (complete)'))
    expect(await visit.text('[role=status]')).toContain('A run has finished and is shown now: latest.')

    await visit.show('#run=older')
    await visit.put(fixtureRun({ id: 'later-still', startedAt: '2026-11-22T10:00:00.000Z', rounds: 3 }))
    await lookAgain()
    const offer = visit.page.getByRole('button', { name: 'Show it' })
    await offer.waitFor()
    expect(await visit.text('dl')).toContain('2026-11-18')
    await offer.click()
    await visit.page.waitForFunction(() => document.querySelector('dl')?.textContent?.includes('3 of 3'))
    expect(await offer.count()).toBe(0)
    for (const id of ['latest', 'later-still']) await rm(join(visit.root, 'results', id), { recursive: true })
  })

  it('says so where a link names a run that is not here', async () => {
    await visit.show()
    await visit.page.evaluate(() => {
      location.hash = '#run=gone'
    })
    await visit.page.waitForSelector('[role=alert]')
    expect(await visit.text('[role=alert]')).toContain('There is no run gone here')
  })
})

describe('access', () => {
  it.each(['light', 'dark'] as const)('axe finds nothing wrong in the %s theme, with tables opened', async theme => {
    await visit.show(`#theme=${theme}&compare=older`)
    await visit.drawn()
    for (const name of ['medians', 'bytes', 'cpu']) await visit.page.click(`#${name} summary`)
    expect(await violationsOf(visit.page)).toEqual([])
  })

  it('reaches and works every control by keyboard alone', async () => {
    await visit.show('#run=two-loads&compare=older')
    // Its loads differ in distance, which makes one chart more.
    await visit.drawn(Object.keys(charts).length + 1)
    const reached = new Set<string>()
    for (let step = 0; step < 90; step++) {
      await visit.page.keyboard.press('Tab')
      const what = await visit.page.evaluate(() => {
        const { activeElement: at } = document
        if (!at || at === document.body) return ''
        const { column = '', transport = '' } = (at as HTMLElement).dataset
        const style = getComputedStyle(at.id === 'file' ? at.parentElement! : at)
        return style.outlineStyle === 'none'
          ? `unseen ${at.outerHTML.slice(0, 80)}`
          : column || transport || at.id || at.textContent || at.tagName
      })
      expect(what).not.toContain('unseen')
      if (what === '') break
      reached.add(what)
    }
    for (const wanted of ['run-chooser', 'compare', 'file', 'theme', 'scenario', 'sse', 'baseline', 'p99Ms', 'rounds'])
      expect([...reached]).toContain(wanted)
    expect([...reached].filter(what => /^(PNG|CSV) of/.test(what.trim())).length).toBeGreaterThan(10)
    await visit.page.locator('[data-column=p99Ms]').focus()
    await visit.page.keyboard.press('Enter')
    expect(await visit.hash()).toContain('sort=p99Ms')
    await visit.page.locator('[data-transport=sse]').focus()
    await visit.page.keyboard.press('Space')
    expect(await visit.names()).not.toContain('▲ SSE')
    await visit.page.locator('#latency summary').focus()
    await visit.page.keyboard.press('Enter')
    await visit.page.locator('#latency tbody tr').first().waitFor()
    await visit.page.keyboard.press('Tab')
    expect(await visit.page.evaluate(() => document.activeElement?.className)).toBe('scroll')
  })

  it.each([320, 390, 1280])('fits a window %d px wide', async width => {
    await visit.show('#compare=older', { viewport: { width, height: 720 } })
    await visit.drawn()
    expect(await visit.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    const wide = await visit.page
      .locator('canvas')
      .evaluateAll((all, limit) => all.filter(each => each.getBoundingClientRect().right > limit).length, width)
    expect(wide).toBe(0)
    if (process.env.SCREENSHOTS)
      await visit.page.screenshot({ path: join(process.env.SCREENSHOTS, `viewer-${width}.png`) })
  })
})

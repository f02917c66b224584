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
    await visit.show('#method')
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

    await visit.show('#method&run=older')
    await visit.put(fixtureRun({ id: 'later-still', startedAt: '2026-11-22T10:00:00.000Z', rounds: 3 }))
    await lookAgain()
    const offer = visit.page.getByRole('button', { name: 'Show it' })
    await offer.waitFor()
    expect(await visit.text('dl')).toContain('18 Nov 2026')
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

/** The rooms, and how many charts each has of a run with one load. */
const rooms = { overview: 3, charts: Object.keys(charts).length, claims: 0, compare: 1, method: 0 }

describe('access', () => {
  describe.each(Object.entries(rooms))('in the room %s', (room, figures) => {
    const enter = (more = '', options = {}) =>
      visit.show(`#${room}&run=newer${room === 'compare' ? '&compare=older' : ''}${more}`, options)

    it.each(['light', 'dark'] as const)('axe finds nothing wrong in the %s theme, with tables opened', async theme => {
      await enter(`&theme=${theme}`)
      await visit.drawn(figures)
      // Of the charts' tables some stand for all: those of distributions have hundreds of rows.
      for (const details of (await visit.page.locator('figure details').all()).slice(0, 1))
        await details.evaluate(element => ((element as HTMLDetailsElement).open = true))
      expect(await violationsOf(visit.page)).toEqual([])
    })

    it.each([320, 390, 1280])('fits a window %d px wide', async width => {
      await enter('', { viewport: { width, height: 720 } })
      await visit.drawn(figures)
      expect(await visit.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      const wide = await visit.page
        .locator('canvas')
        .evaluateAll((all, limit) => all.filter(each => each.getBoundingClientRect().right > limit).length, width)
      expect(wide).toBe(0)
    })
  })

  /** What the tabulator key comes to, each by a name; whatever cannot be seen to have it is an error. */
  async function reachedIn(hash: string, figures: number): Promise<string[]> {
    await visit.show(hash)
    await visit.drawn(figures)
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
      reached.add(what.trim())
    }
    return [...reached]
  }

  it('reaches every control of the overview by keyboard alone', async () => {
    const reached = await reachedIn('#run=two-loads', 3)
    for (const wanted of ['run-chooser', 'file', 'theme', 'Charts', 'scenario', 'sse', 'baseline', 'p99Ms', 'rounds'])
      expect(reached).toContain(wanted)
  })

  it('reaches every control of two runs side by side by keyboard alone', async () => {
    expect(await reachedIn('#compare=older&run=newer', 1)).toEqual(expect.arrayContaining(['compare', 'statistic']))
  })

  it('reaches every chart by keyboard alone', async () => {
    // Its loads differ in distance, which makes one chart more.
    const reached = await reachedIn('#charts&run=two-loads', Object.keys(charts).length + 1)
    expect(reached).toContain('Across loads')
    expect(reached.filter(what => /^(PNG|CSV) of/.test(what)).length).toBeGreaterThan(10)
  })

  it('works every control by keyboard alone', async () => {
    await visit.show('#run=two-loads')
    await visit.drawn(3)
    await visit.page.locator('[data-column=p99Ms]').focus()
    await visit.page.keyboard.press('Enter')
    expect(await visit.hash()).toContain('sort=p99Ms')
    await visit.page.locator('[data-transport=sse]').focus()
    await visit.page.keyboard.press('Space')
    expect(await visit.names()).not.toContain('▲ SSE')
    await visit.page.locator('#medians summary').focus()
    await visit.page.keyboard.press('Enter')
    await visit.page.locator('#medians tbody tr').first().waitFor()
    await visit.page.keyboard.press('Tab')
    expect(await visit.page.evaluate(() => document.activeElement?.className)).toBe('scroll')
  })

  it('keeps the name of a row in sight while the table is scrolled', async () => {
    await visit.show('', { viewport: { width: 390, height: 720 } })
    await visit.page.locator('.comparison').evaluate(table => table.parentElement!.scrollTo(400, 0))
    const { x } = (await visit.page.locator('.comparison tbody th').first().boundingBox())!
    expect(x).toBeGreaterThanOrEqual(0)
    expect(x).toBeLessThan(40)
  })
})

// Fleets and faults in a real browser: what such a load shows besides, and that others fetch nothing for it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { reportHtml } from '../../bench/report/report-html.ts'
import { violationsOf } from '../axe.fixture.ts'
import { charts } from '../charts/index.ts'
import { chartsOfFleets } from '../charts/occasional.ts'
import { fleetRun } from './fleet.fixture.ts'
import { reportDir, startVisit, type Visit } from './page.fixture.ts'

const run = fleetRun()
const names = Object.keys(chartsOfFleets)
/** All charts of a load, those of fleets, and that against the number of servers. */
const figures = Object.keys(charts).length + names.length + 1

let visit: Visit
beforeAll(async () => {
  visit = await startVisit()
  await visit.put(run)
})
afterAll(() => visit?.end())
afterEach(async () => expect(await visit.leave()).toEqual([]))

const show = async (more = '', options = {}) => {
  await visit.show(`#charts&run=${run.id}${more}`, options)
  await visit.drawn(figures)
}

describe('a load with servers and a fault', () => {
  it('is told in words in the choice of loads, under the verdict, and in what the run cannot tell', async () => {
    await show()
    const load = visit.page.locator('#scenario option').first()
    expect(await load.textContent()).toMatch(/^\d+ subscribers · .*one server killed after 5 s/)
    expect(await load.getAttribute('title')).toBe('fault-kill')
    expect(await visit.text('.verdict')).toContain('3 servers on redis, one server killed, loopback')
    expect(await visit.text('section[aria-label=Verdict] .hint')).toContain(
      '3 servers behind HAProxy · not sticky · redis backplane · one server killed after 5 s',
    )
    await visit.show(`#method&run=${run.id}`)
    expect(await visit.text('section[aria-labelledby=limits]')).toContain('More machines')
  })

  it('gives every chart its finding as accessible name, its table, the same CSV, and a picture', async () => {
    await show()
    expect(await visit.text('#servers-and-faults')).toBe('Servers and the fault')
    for (const name of [...names, 'fleet']) {
      const figure = visit.page.locator(`figure#${name}`)
      const finding = await figure.locator('.finding').textContent()
      const canvas = figure.locator('canvas')
      expect(await canvas.getAttribute('role')).toBe('img')
      expect(await canvas.getAttribute('aria-label')).toContain(finding!)
      expect((await figure.locator('.caption').textContent())!.length).toBeGreaterThan(40)
      const colours = await canvas.evaluate((element: HTMLCanvasElement) => {
        const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height)
        return new Set(new Uint32Array(data.buffer)).size
      })
      expect(colours, `${name} is blank`).toBeGreaterThan(4)
      // That of what came of the fault is open.
      if (name !== 'recovery') await figure.locator('summary').click()
      await figure.locator('tbody tr').nth(3).waitFor()
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
    const png = await visit.downloaded(() => visit.page.locator('#fault-timeline .take button').first().click())
    expect(png.name).toBe('fleets-fault-timeline.png')
  })

  it.each(['light', 'dark'] as const)('axe finds nothing wrong in the %s theme', async theme => {
    await show(`&theme=${theme}`)
    // The rest of the page is looked at under other loads.
    expect(await violationsOf(visit.page, 'section[aria-labelledby=servers-and-faults]', '.bar')).toEqual([])
  })

  it('fits a window 320 px wide', async () => {
    const width = 320
    await show('&scenario=fault-pause', { viewport: { width, height: 720 } })
    expect(await visit.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    const wide = await visit.page
      .locator('canvas')
      .evaluateAll((all, limit) => all.filter(each => each.getBoundingClientRect().right > limit).length, width)
    expect(wide).toBe(0)
  })
})

describe('the script of the occasional charts', () => {
  it('is fetched for a run that has something for it, and not for another', async () => {
    const asked: string[] = []
    await visit.show('#charts&run=older')
    await visit.drawn()
    const loaded = () => performance.getEntriesByType('resource').map(({ name }) => name)
    expect((await visit.page.evaluate(loaded)).filter(name => name.includes('/assets/'))).toHaveLength(2)
    visit.page.on('request', request => asked.push(new URL(request.url()).pathname))
    expect(await visit.page.locator('#servers-and-faults, #across').count()).toBe(0)
    await visit.page.selectOption('#run-chooser', run.id)
    await visit.drawn(figures)
    expect(asked.filter(path => path.includes('occasional'))).toHaveLength(1)
  })

  it('is asked for again, with a sentence, where it could not be fetched', async () => {
    await visit.show('#charts&run=older')
    await visit.page.route('**/occasional*', route => route.abort())
    await visit.page.selectOption('#run-chooser', run.id)
    await visit.page.waitForFunction(() => document.querySelector('[role=alert]')?.textContent?.includes('Reload'))
    await visit.page.getByRole('link', { name: 'Overview' }).click()
    await visit.page.waitForSelector('.comparison')
    expect(await visit.names()).toHaveLength(4)
    // Chromium says on its console what the page has said to the visitor.
    expect((await visit.leave()).filter(said => !said.includes('ERR_FAILED'))).toEqual([])
  })

  it('is part of a report, which fetches nothing', async () => {
    const path = join(visit.root, 'report.html')
    await writeFile(path, await reportHtml(run, reportDir))
    await visit.open(`${pathToFileURL(path).href}#charts`, { offline: true })
    await visit.drawn(figures)
    expect(await visit.text('figure#recovery .finding')).toContain('Last subscriber back after')
  })
})

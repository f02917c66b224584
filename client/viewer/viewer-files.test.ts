// Runs that come from a file, good and bad, and the report, which is a file itself.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { reportHtml } from '../../bench/report/report-html.ts'
import { parseRun } from '../../results/format.ts'
import { older, reportDir, startVisit, type Visit } from './page.fixture.ts'
import { fixtureRun } from './run.fixture.ts'

let visit: Visit
beforeAll(async () => {
  visit = await startVisit()
})
afterAll(() => visit?.end())
afterEach(async () => expect(await visit.leave()).toEqual([]))

describe('a run from a file', () => {
  it('is shown when it is chosen, and when it is dropped', async () => {
    await visit.show('#method')
    await visit.give(JSON.stringify(fixtureRun({ id: 'from-file', rounds: 2 })))
    await visit.hashBecomes('#method&run=from-file')
    expect(await visit.text('dl')).toContain('2 of 2')
    const dropped = JSON.stringify(fixtureRun({ id: 'dropped', rounds: 3 }))
    await visit.page.evaluate(content => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([content], 'run.json'))
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    }, dropped)
    await visit.hashBecomes('#method&run=dropped')
    expect(await visit.text('dl')).toContain('3 of 3')
    expect(await visit.page.locator('#run-chooser option').allInnerTexts()).toContain('from-file (from a file)')
  })

  const bad: [what: string, content: string, message: RegExp][] = [
    [
      'with a missing field',
      JSON.stringify({ ...older, cells: undefined }),
      /"cells" is not as expected: .*got nothing/,
    ],
    [
      'of another version',
      JSON.stringify({ ...older, version: 9 }),
      /reads runs of versions 1 and 2; "version" of this one is 9/,
    ],
    ['that is no run', '{"hello": 1}', /not a run of this lab: "format"/],
    ['that is not JSON', '<script>alert(1)</script>', /my <i>run<\/i>.json is not JSON/],
    [
      'with HTML where a number belongs',
      JSON.stringify({ ...older, seed: '<img src=x onerror=alert(1)>' }),
      /"seed" is not as expected.*<img src=x/,
    ],
  ]
  it('that is bad gets a sentence, and nothing else happens', async () => {
    await visit.show()
    await visit.drawn(3)
    const before = await visit.text('main')
    for (const [what, content, message] of bad) {
      await visit.give(content, 'my <i>run</i>.json')
      await visit.page.waitForFunction(
        ([source, flags]) => new RegExp(source!, flags).test(document.querySelector('[role=alert]')?.textContent ?? ''),
        [message.source, message.flags],
      )
      expect(await visit.page.locator('[role=alert] *').count(), what).toBe(0)
      expect(await visit.text('main'), what).toBe(before)
      expect(await visit.hash(), what).toBe('')
    }
  })

  it('may call its transports and itself what it likes', async () => {
    const odd = '<img src=x onerror=alert(1)>'
    const run = fixtureRun({ id: 'odd', name: odd, transports: ['__proto__', 'constructor', odd] })
    await visit.show()
    await visit.give(
      JSON.stringify({ ...run, warnings: [{ code: odd, severity: 'note', message: odd }], verdict: odd }),
    )
    await visit.hashBecomes('#run=odd')
    await visit.drawn(3)
    expect(await visit.names()).toEqual(['▢ __proto__', '▢ constructor', `▢ ${odd}`])
    expect(await visit.page.locator('img').count()).toBe(0)
    for (const room of ['charts', 'compare', 'claims']) {
      await visit.page.evaluate(name => {
        location.hash = `#${name}&run=odd`
      }, room)
      await visit.page.waitForSelector(`nav a[aria-current][href^="#${room}"]`)
    }
    await visit.page.evaluate(() => {
      location.hash = '#method&run=odd'
    })
    await visit.page.waitForSelector('.warnings')
    expect(await visit.text('.warnings')).toContain(odd)
  })
})

describe('report.html', () => {
  it('opens from the file system with the network off, and does what the page does', async () => {
    const path = join(visit.root, 'report.html')
    const nasty = fixtureRun({ id: 'report', name: '</script><script>alert(1)</script>', rounds: 3 })
    await writeFile(path, await reportHtml(nasty, reportDir))
    await visit.open(pathToFileURL(path).href, { offline: true })
    await visit.drawn(3)
    expect(await visit.text('.run-name')).toBe(nasty.name)
    expect(await visit.text('header')).toContain('A report')
    await visit.page.click('[data-transport=sse]')
    expect(await visit.names()).not.toContain('▲ SSE')
    expect(await visit.hash()).toBe('#show=short-polling,long-polling,websocket')
    const json = await visit.downloaded(() => visit.page.click('[data-export=JSON]'))
    expect(parseRun(JSON.parse(json.content.toString())).cells).toHaveLength(nasty.cells.length)
    await visit.give(JSON.stringify(fixtureRun({ id: 'other', seed: 4, slowness: 2 })))
    await visit.page.waitForFunction(() => location.hash.includes('run=other'))
    await visit.page.getByRole('link', { name: 'Compare' }).click()
    await visit.page.selectOption('#compare', 'report')
    expect(await visit.text('section[aria-labelledby=differences] .verdict')).toMatch(
      /^Median: Short polling [\d.]+( %|×) slower/,
    )
  })
})

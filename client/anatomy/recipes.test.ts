// The recipes as a page shows them: the files as they are run, what is copied, and what is struck without the cursor.
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import express from 'express'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium } from '../../bench/machine/installed-chromium.ts'
import { anatomyPaths } from '../../server/anatomy/wire.ts'
import { pages } from '../../server/pages.ts'
import { violationsOf } from '../axe.fixture.ts'
import { isForCursor, withoutCursor } from './recipes/cursor.ts'
import { type Recipe, recipes } from './recipes/index.ts'
import { tokensOf } from './recipes/tokens.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const all = Object.entries(recipes as Record<string, Recipe>).map(([transport, recipe]) => ({ transport, ...recipe }))
const fileOf = (transport: string, name: string): Promise<string> =>
  readFile(here(`./recipes/${transport}/${name}.js`), 'utf8')

test.each(all)(
  '$transport: both files have ten to thirty lines of code, and all of them go through unchanged',
  async ({ transport, load }) => {
    const sources = await load()
    for (const [name, source] of Object.entries<string>({ ...sources })) {
      expect(source).toBe(await fileOf(transport, name))
      const lines = source.trimEnd().split('\n')
      const count = lines.filter(line => !/^\s*(\/\/.*)?$/.test(line)).length
      expect([name, count >= 10 && count <= 30, count]).toEqual([name, true, count])
      for (const line of lines) {
        expect(
          tokensOf(line)
            .map(({ text }) => text)
            .join(''),
        ).toBe(line)
        // As wide as a projector shows it.
        expect(line.length, line).toBeLessThanOrEqual(120)
      }
      expect(withoutCursor(source).split('\n').some(isForCursor)).toBe(false)
      expect(source.split('\n').some(isForCursor)).toBe(true)
    }
  },
)

test('what is in a string is no comment, and what is in a comment no keyword', () => {
  expect(tokensOf("const url = 'http://x' // for a page")).toEqual([
    { kind: 'keyword', text: 'const' },
    { kind: 'plain', text: ' url = ' },
    { kind: 'string', text: "'http://x'" },
    { kind: 'plain', text: ' ' },
    { kind: 'comment', text: '// for a page' },
  ])
})

let browser: Browser
let root = ''
beforeAll(async () => {
  browser = await launchChromium()
  const app = express()
  app.get(anatomyPaths.state, (_req, res) => void res.json({ canCapture: false, steps: [] }))
  app.use(pages({ distDir: here('../../dist/web'), resultsDir: '/nowhere', samplesDir: '/nowhere' }))
  const server = app.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}${anatomyPaths.page}`
  return () => void server.close()
})
afterAll(() => browser.close())

async function show(transport: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', error => problems.push(error.message))
  page.on('console', message => void (message.type() === 'error' && problems.push(message.text())))
  onTestFinished(async () => {
    await context.close()
    expect(problems).toEqual([])
  })
  await page.goto(`${root}#${transport}`)
  // It is fetched when somebody comes near it.
  await page.locator('main > .later').scrollIntoViewIfNeeded()
  await page.waitForSelector('.recipe-code')
  return page
}

test.each(all)('$transport: shown are the files as they are', async ({ transport }) => {
  const page = await show(transport)
  for (const name of ['server', 'client']) {
    await page.click(`#recipe-${name}`)
    expect(await page.locator('.recipe-code').textContent()).toBe(await fileOf(transport, name))
  }
})

test('the tabs are reached by arrow keys, and a switch of transport keeps the file', async () => {
  const page = await show('sse')
  await page.focus('#recipe-server')
  await page.keyboard.press('ArrowRight')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('recipe-client')
  expect(await page.getAttribute('#recipe-client', 'aria-selected')).toBe('true')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('End')
  await page.evaluate(() => location.replace('#websocket'))
  await expect.poll(() => page.locator('.recipe-code').textContent()).toBe(await fileOf('websocket', 'client'))
  expect(await page.locator('.recipe > p').first().textContent()).toContain('npm install express ws,')
})

test.each(all)(
  '$transport: without the cursor its lines are struck, and what that loses is told',
  async ({ transport, lost }) => {
    const page = await show(transport)
    const struck = () => page.locator('.recipe-code del').allTextContents()
    expect(await struck()).toEqual([])
    expect(await page.locator('.recipe-found').textContent()).toMatch(/of 10 notices .* lost none, and none came twice/)
    await page.check('.recipe input[type=checkbox]')
    const source = await fileOf(transport, 'server')
    expect((await struck()).map(text => text.trimEnd())).toEqual(source.split('\n').filter(isForCursor))
    expect(await page.locator('.recipe-found').textContent()).toContain(`it lost ${lost === 10 ? 'all' : lost}`)
    const kept = await page.locator('.recipe-code span.recipe-line').allTextContents()
    expect(kept.join('')).toBe(withoutCursor(source))
  },
)

const clipboardless = 'delete Navigator.prototype.clipboard'
test.each([
  ['where pages may write to the clipboard', '', ['clipboard-read', 'clipboard-write']],
  ['by the old command on a page that is no secure context', clipboardless, ['clipboard-read']],
])('a file is copied whole %s', async (_, script, permissions) => {
  const page = await show('socket-io', { permissions })
  await page.evaluate(script)
  await page.click('#recipe-client')
  await page.click('text="Copy client.js"')
  await page.waitForSelector('text="Copied."')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Copy client.js')
  // Pasted, since such a page cannot read the clipboard either.
  await page.evaluate(() => document.body.append(document.createElement('textarea')))
  await page.focus('textarea')
  await page.keyboard.press('ControlOrMeta+V')
  expect(await page.inputValue('textarea')).toBe(await fileOf('socket-io', 'client'))
})

test.each(['light', 'dark'] as const)(
  'axe finds nothing wrong in %s, with the cursor and without',
  async colorScheme => {
    const page = await show('long-polling', { colorScheme, viewport: { width: 320, height: 800 } })
    for (const isLeftOut of [false, true]) {
      await page.setChecked('.recipe input[type=checkbox]', isLeftOut)
      expect(await violationsOf(page, '.recipe')).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    }
  },
)

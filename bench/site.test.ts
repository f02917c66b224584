// The site as a visitor has it: from a host that knows nothing but files, below a path of its own.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import express from 'express'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { scenes } from '../client/demo/scenes.ts'
import { clientTransports } from '../client/transports/index.ts'
import { launchChromium } from './machine/installed-chromium.ts'

const program = fileURLToPath(new URL('../dist/bench/site.js', import.meta.url))
const write = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args])

let root: string
let server: ReturnType<express.Express['listen']>
let base: string
let browser: Browser
let page: Page
/** What was asked for and is not there, and what the page said to nobody. */
let complaints: string[]

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'site-'))
  await write('--out', join(root, 'site'))
  const app = express()
  app.use('/some/path', express.static(join(root, 'site')))
  server = app.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/path/`
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await new Promise(resolve => server?.close(resolve))
  await rm(root, { recursive: true })
})

beforeEach(async () => {
  complaints = []
  page = await browser.newPage()
  page.setDefaultTimeout(10_000)
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => complaints.push(message.text()))
  page.on('response', response => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`))
  page.on('request', request => !request.url().startsWith(base) && complaints.push(request.url()))
})
afterEach(async () => {
  await page.close()
  expect(complaints).toEqual([])
})

describe('the site', () => {
  it('opens on the example, says that it is one, and has every room', async () => {
    await page.goto(base)
    await page.locator('figure#medians canvas').waitFor()
    expect(await page.locator('main').textContent()).toContain('not your machine')
    for (const [room, selector] of [
      ['Charts', 'figure#latency canvas'],
      ['Claims', '.claim'],
      ['Method', '#words'],
      ['Compare', '#compare'],
    ] as const) {
      await page.getByRole('link', { name: room, exact: true }).click()
      await page.locator(selector).first().waitFor()
    }
  })

  it('opens a claim of any of its runs by a link', async () => {
    await page.goto(`${base}#claim=half-interval-poll`)
    await page.locator('#claim-half-interval-poll canvas').waitFor()
  })

  it('takes the recorded examples apart, and has all that its pages fetch later', async () => {
    await page.goto(base)
    await page.getByRole('link', { name: 'Anatomy' }).click()
    await page.locator('#message-title').waitFor()
    expect(new URL(page.url()).pathname).toBe('/some/path/anatomy/')
    for (const { label } of Object.values(clientTransports)) {
      await page.getByRole('navigation').getByRole('link', { name: label }).click()
      await page.getByRole('listbox', { name: 'Messages' }).getByRole('option', { selected: true }).first().waitFor()
    }
    await page.getByRole('link', { name: 'Side by side' }).click()
    await page.locator('figure .block').first().waitFor()
    await page.getByRole('link', { name: 'Results' }).click()
    await page.locator('figure#medians canvas').waitFor()
  })

  it('plays the recorded class', async () => {
    await page.goto(base)
    await page.getByRole('link', { name: 'A recorded class' }).click()
    await page.getByText('A recorded class: nothing is live here.').waitFor()
    await page.locator('svg, canvas').first().waitFor()
    expect(await page.locator('.marks button').allTextContents()).toEqual(scenes.map((_, at) => String(at + 1)))
  })
})

describe('the folder it is written to', () => {
  it('is replaced where it is a site, and refused where it is anything else', async () => {
    await writeFile(join(root, 'site', 'left-over.html'), '')
    await write('--out', join(root, 'site'))
    expect(await readdir(join(root, 'site'))).not.toContain('left-over.html')
    const other = await mkdtemp(join(root, 'other-'))
    await writeFile(join(other, 'thesis.txt'), 'all of it')
    await expect(write('--out', other)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--out must be a new or an empty folder'),
    })
    expect(await readdir(other)).toEqual(['thesis.txt'])
    await expect(write('--uot', other)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--out') })
  })
})

// The page with a tap behind it, as a student has it: a capture is taken by a click, and a wrong handshake is tried.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { anatomyPaths } from '../../server/anatomy/wire.ts'
import { launchChromium } from '../machine/installed-chromium.ts'
import type { AnatomyEngine } from './engine.ts'
import { ofFrames } from './plan.ts'

let engine: AnatomyEngine
let browser: Browser
beforeAll(async () => {
  // As it is installed: it starts further programs.
  const compiled = new URL('../../dist/bench/anatomy/engine.js', import.meta.url).href
  const { startAnatomy } = (await import(compiled)) as typeof import('./engine.ts')
  engine = await startAnatomy({ port: 0, tls: false })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await engine?.end()
})

async function open(hash = '') {
  const page = await browser.newPage()
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => complaints.push(message.text()))
  onTestFinished(async () => {
    await page.close()
    expect(complaints).toEqual([])
  })
  await page.goto(`${engine.origin}${anatomyPaths.page}${hash}`)
  await page.locator('#message-title').waitFor()
  return page
}

test("a click captures this browser's own bytes, and a click goes back to the recorded example", async () => {
  const page = await open(`#${ofFrames}`)
  const recorded = await page.inputValue('#key')
  await page.getByRole('button', { name: /^Capture .* now$/ }).click()
  await page.getByText('Captured here').waitFor()
  expect(await page.locator('.sum').textContent()).toContain('as the server counted at its sockets')
  expect(await page.locator('#message-title').textContent()).toMatch(/^GET /)
  expect(await page.inputValue('#key')).not.toBe(recorded)
  expect(await page.locator('.steps li:last-child').textContent()).toContain('and what the server answered')
  expect(new URL(page.url()).hash).toBe(`#${ofFrames}&live`)
  await page.getByRole('button', { name: 'Show the recorded example' }).click()
  expect(await page.inputValue('#key')).toBe(recorded)
})

test('a wrong handshake is tried by a click', async () => {
  const page = await open()
  await page.getByText('What does each wrong step get?').click()
  const item = page.locator('.tries li', { hasText: 'without a key' })
  await item.getByRole('button').click()
  await item.getByText('tried just now').waitFor()
  expect(await item.textContent()).toContain('400 Bad Request')
})

// The recipes that people copy, each in a browser behind a network that is cut: with its cursor nothing is lost and nothing comes twice; without,
// as much is lost as the page says.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { withoutCursor } from '../../client/anatomy/recipes/cursor.ts'
import { publishedInCut, type Recipe, recipes } from '../../client/anatomy/recipes/index.ts'
import { type LinkObserver, startLink } from '../link/link.ts'
import { launchChromium } from '../machine/installed-chromium.ts'
import type { RunningContestant } from './contestant.ts'
import { contestants } from './index.ts'
import { startRecipe } from './recipe.ts'

const root = new URL('../../', import.meta.url)
const all = Object.entries(recipes as Record<string, Recipe>).map(([transport, recipe]) => ({ transport, ...recipe }))
const patience = { timeout: 20_000, interval: 100 }
/** What each of their logs holds. */
const HELD = 1000

let browser: Browser
let folder = ''
beforeAll(async () => {
  browser = await launchChromium()
  folder = await mkdtemp(join(tmpdir(), 'recipes-'))
  await symlink(fileURLToPath(new URL('node_modules', root)), join(folder, 'node_modules'), 'junction')
})
afterAll(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

/** Where the server of a recipe lies; one without its cursor is written for it. */
async function fileOf({ transport, load }: (typeof all)[number], hasCursor: boolean): Promise<URL> {
  if (hasCursor) return new URL(`client/anatomy/recipes/${transport}/server.js`, root)
  const own = join(folder, transport)
  await mkdir(own)
  for (const [name, source] of Object.entries<string>({ ...(await load()) }))
    await writeFile(join(own, `${name}.js`), withoutCursor(source))
  return pathToFileURL(join(own, 'server.js'))
}

/** A recipe's server, its page in a browser, and a network between them. */
async function startPage(recipe: (typeof all)[number], { hasCursor = true } = {}) {
  const file = await fileOf(recipe, hasCursor)
  let server: RunningContestant = await startRecipe(file)
  onTestFinished(() => server.end())
  const { port } = server
  let down = ''
  const observer: LinkObserver = {
    opened() {},
    closed() {},
    bytes(_connection, way, chunk) {
      if (way === 'down') down += chunk.toString('latin1')
    },
  }
  const link = await startLink({ target: { host: '127.0.0.1', port }, rttMs: 0, observer })
  onTestFinished(() => link.close())
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const warnings: string[] = []
  page.on('console', message => void (message.type() === 'warning' && warnings.push(message.text())))
  await page.goto(`http://127.0.0.1:${link.port}`)

  const published: string[] = []
  const publish = async (...bodies: string[]): Promise<void> => {
    published.push(...bodies)
    const { status } = await fetch(`http://127.0.0.1:${port}/notices`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(bodies.map(body => ({ body }))),
    })
    expect(status).toBe(201)
  }
  const shown = async (): Promise<string[]> =>
    (await page.locator('li').allTextContents()).map(text => JSON.parse(text) as string)
  return {
    link,
    published,
    publish,
    shown,
    warnings,
    /** Waits until the page knows where it is, without a notice. */
    async hasPosition(): Promise<void> {
      await expect.poll(() => down, patience).toMatch(/"cursor":\d|\nid: \d/)
      // What it asks for now is answered after that.
      await page.evaluate(() => fetch('/').then(response => response.text()))
    },
    /** Publishes until the page shows one of them: it listens. */
    async listens(name: string): Promise<void> {
      let count = 0
      await expect
        .poll(async () => {
          await publish(`${name} ${++count}`)
          return (await shown()).some(body => body.startsWith(name))
        }, patience)
        .toBe(true)
    },
    async restart(): Promise<void> {
      await server.end()
      server = await startRecipe(file, port)
    },
  }
}

const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name} ${i + 1}`)

test('each recipe is a contestant', () => {
  expect(Object.keys(contestants)).toEqual(expect.arrayContaining(all.map(({ transport }) => `recipe-${transport}`)))
})

test.each(all)('$transport: with its cursor a cut loses nothing and repeats nothing', async recipe => {
  const { link, published, publish, shown, hasPosition, listens } = await startPage(recipe)
  await hasPosition()
  link.cut()
  await publish('before there was any')
  link.heal()
  await expect.poll(shown, patience).toEqual(published)
  link.cut()
  const during = numbered('in the cut', publishedInCut)
  await publish(...during)
  link.heal()
  await expect.poll(shown, patience).toContain(during.at(-1))
  await listens('afterwards')
  await expect.poll(shown, patience).toContain(published.at(-1))
  expect(await shown()).toEqual(published)
})

test.each(all)('$transport: without its cursor a cut loses $lost of ten', async recipe => {
  const { link, publish, shown, listens } = await startPage(recipe, { hasCursor: false })
  await listens('at first')
  link.cut()
  const during = numbered('in the cut', publishedInCut)
  await publish(...during)
  link.heal()
  const arrived = async (): Promise<number> => {
    const heard = new Set(await shown())
    return during.filter(body => heard.has(body)).length
  }
  await expect.poll(arrived, patience).toBe(publishedInCut - recipe.lost)
  await listens('afterwards')
  expect(await arrived()).toBe(publishedInCut - recipe.lost)
})

test.each(all)(
  '$transport: what the server holds no more is told, and one started again is heard from its first notice',
  async recipe => {
    const { link, publish, shown, listens, warnings, restart } = await startPage(recipe)
    await listens('at first')
    expect(warnings).toEqual([])
    const before = (await shown()).length
    link.cut()
    const many = numbered('in the cut', HELD + 5)
    await publish(...many)
    link.heal()
    await expect.poll(async () => (await shown()).length, patience).toBe(before + HELD)
    expect((await shown()).slice(before)).toEqual(many.slice(5))
    expect(warnings.filter(text => text.includes('some are gone'))).toHaveLength(1)

    await restart()
    const fresh = numbered('of the new server', 3)
    await publish(...fresh)
    await expect.poll(async () => (await shown()).slice(before + HELD), patience).toEqual(fresh)
  },
)

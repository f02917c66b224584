import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const launcher = fileURLToPath(new URL('../.ci/launch.mjs', import.meta.url))
const at = (path: string, ms: number) => utimesSync(path, new Date(ms), new Date(ms))

/** A project of one source, and how often it was built. */
async function project() {
  const root = mkdtempSync(join(tmpdir(), 'lab-launch-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const folder of ['.ci', 'server', 'dist']) mkdirSync(join(root, folder))
  copyFileSync(launcher, join(root, '.ci', 'launch.mjs'))
  const source = join(root, 'server', 'a.ts')
  writeFileSync(source, '')
  for (const path of [source, join(root, '.ci', 'launch.mjs')]) at(path, Date.now() - 60_000)
  const { ensureFresh } = (await import(pathToFileURL(join(root, '.ci', 'launch.mjs')).href)) as {
    ensureFresh(folder: string, build: () => void): void
  }
  let builds = 0
  const launch = (during = () => {}): number => {
    ensureFresh('dist', () => {
      builds++
      during()
    })
    return builds
  }
  return { source, launch }
}

test('what has not changed is built once, and what has is built again', async () => {
  const { source, launch } = await project()
  expect([launch(), launch()]).toEqual([1, 1])
  at(source, Date.now() + 1)
  expect(launch()).toBe(2)
})

test('a source with a time of the future is built once, and again when it changes', async () => {
  const { source, launch } = await project()
  at(source, Date.now() + 3_600_000)
  expect([launch(), launch()]).toEqual([1, 1])
  at(source, Date.now() + 7_200_000)
  expect([launch(), launch()]).toEqual([2, 2])
})

test('a source that is edited while it is built is built again', async () => {
  const { source, launch } = await project()
  expect(launch(() => at(source, Date.now() + 1))).toBe(1)
  expect(launch()).toBe(2)
})

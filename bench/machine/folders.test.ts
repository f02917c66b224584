// Temporary folders: made, removed, and swept up after those who were killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const compiled = new URL('../../dist/bench/machine/folders.js', import.meta.url).href
const { makeFolder, removeFolder } = (await import(compiled)) as typeof import('./folders.ts')

let folder: string
const before = process.env.TMPDIR
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-folders-test-'))
  process.env.TMPDIR = folder
})
afterEach(async () => {
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  await rm(folder, { recursive: true, force: true })
})

/** Another process that makes a folder, and goes on. */
async function maker() {
  const code = `const { makeFolder } = await import(${JSON.stringify(compiled)}); console.log(await makeFolder('redis')); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [path] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, name: basename(String(path).trim()) }
}

test('of a killed process are removed with the next that is made; those of a living one and of others stay', async () => {
  const [killed, living] = [await maker(), await maker()]
  try {
    await writeFile(join(folder, killed.name, 'file'), 'x')
    killed.child.kill('SIGKILL')
    await once(killed.child, 'exit')
    const gone = String(killed.child.pid)
    await mkdir(join(folder, `other-redis-${gone}-abcdef`))
    await mkdir(join(folder, 'target'))
    await writeFile(join(folder, 'target', 'file'), 'x')
    await symlink(join(folder, 'target'), join(folder, `transport-lab-redis-${gone}-abcdef`))
    const own = await makeFolder('server')
    expect((await stat(own)).mode & 0o777).toBe(0o700)
    expect((await readdir(folder)).sort()).toEqual(
      [living.name, basename(own), `other-redis-${gone}-abcdef`, 'target', `transport-lab-redis-${gone}-abcdef`].sort(),
    )
    expect(await readdir(join(folder, 'target'))).toEqual(['file'])
    await removeFolder(own)
    await expect(stat(own)).rejects.toThrow('ENOENT')
  } finally {
    living.child.kill('SIGKILL')
    await once(living.child, 'exit')
  }
})

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fingerprint, hardFileLimit, readSysctls, runId } from './provenance.ts'

const root = join(import.meta.dirname, '..', '..')
let temporary: string
beforeAll(() => {
  temporary = mkdtempSync(join(os.tmpdir(), 'lab-provenance-'))
})
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], {
    encoding: 'utf8',
  }).trim()

/** A folder that looks like the lab to `fingerprint`. */
function lab(name: string): string {
  const folder = join(temporary, name)
  for (const part of ['bench', 'results']) mkdirSync(join(folder, part), { recursive: true })
  cpSync(join(root, 'results', 'format.ts'), join(folder, 'results', 'format.ts'))
  return folder
}

describe('the fingerprint', () => {
  test('tells machine, system, Node and the versions that are installed', async () => {
    const found = await fingerprint()
    expect(found).toMatchObject({ cores: os.availableParallelism(), memoryBytes: os.totalmem(), node: process.version })
    expect(found.cpu).not.toBe('')
    expect(found.kernel).toBe(`${os.type()} ${os.release()}`)
    for (const name of ['express', 'ws', 'undici', 'hdr-histogram-js']) {
      const manifest = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'))
      expect(found.packages[name]).toBe(manifest.version)
    }
  })

  test('keeps no host name, user name or path', async () => {
    const text = JSON.stringify(await fingerprint())
    expect(text).not.toContain(root)
    expect(text).not.toContain(os.homedir() === '/' ? root : os.homedir())
    if (os.hostname().length > 3) expect(text).not.toContain(os.hostname())
  })

  test('names the revision, and whether the checkout differs from it', async () => {
    const folder = lab('checkout')
    git(folder, 'init', '-q')
    git(folder, 'add', '.')
    git(folder, 'commit', '-q', '-m', 'first')
    const clean = await fingerprint(join(folder, 'bench'))
    expect(clean).toMatchObject({ gitRevision: git(folder, 'rev-parse', 'HEAD'), gitDirty: false })
    mkdirSync(join(folder, 'dist', 'bench'), { recursive: true })
    expect(await fingerprint(join(folder, 'dist', 'bench'))).toMatchObject({ gitRevision: clean.gitRevision })
    writeFileSync(join(folder, 'results', 'more.ts'), '')
    expect((await fingerprint(join(folder, 'bench'))).gitDirty).toBe(true)
  })

  test('has no revision outside a checkout, nor that of a checkout it merely lies in', async () => {
    const folder = lab('archive')
    expect(await fingerprint(join(folder, 'bench'))).toMatchObject({ gitRevision: null, gitDirty: null })
    const around = join(temporary, 'around')
    mkdirSync(around)
    git(around, 'init', '-q')
    git(around, 'commit', '-q', '--allow-empty', '-m', 'somebody else')
    cpSync(folder, join(around, 'lab'), { recursive: true })
    expect(await fingerprint(join(around, 'lab', 'bench'))).toMatchObject({ gitRevision: null, gitDirty: null })
  })

  test.runIf(process.platform === 'linux')('reads limits and kernel settings on Linux', async () => {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1]
    expect(await hardFileLimit()).toBe(hard === 'unlimited' ? null : Number(hard))
    const sysctls = await readSysctls()
    expect(sysctls['net.core.somaxconn']).toBe(readFileSync('/proc/sys/net/core/somaxconn', 'utf8').trim())
    expect(sysctls['net.ipv4.ip_local_port_range']).toMatch(/^\d+ \d+$/)
  })
})

describe('a run id', () => {
  test('is time in UTC and the experiment', () => {
    expect(runId(new Date('2026-11-22T19:58:00.999Z'), 'delivery')).toBe('20261122-195800-delivery')
  })

  test('sorts by time and fits the schema whatever the experiment is called', () => {
    const ids = ['2026-11-22T19:58:00Z', '2026-11-22T19:58:01Z', '2027-01-01T00:00:00Z'].map(date =>
      runId(new Date(date), 'b'),
    )
    expect([...ids].sort()).toEqual(ids)
    for (const name of ['', 'Über  alles!', '-x-', 'y'.repeat(200)])
      expect(runId(new Date(), name)).toMatch(/^[a-z0-9][a-z0-9-]{0,79}$/)
    expect(runId(new Date('2026-11-22T19:58:00Z'), '-x-')).toBe('20261122-195800-x')
  })
})

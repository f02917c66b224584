// The lab as people install it: its archive unpacked in an empty folder, beside the packages that it needs there and no others.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parseRecording } from '../client/demo/recording.ts'
import { clientTransports } from '../client/transports/index.ts'
import { parseRun } from '../results/format.ts'
import { sampleRun } from '../results/sample-run.fixture.ts'
import { demoPaths } from '../server/demo/wire.ts'
import { exitCodes } from './cli/exit.ts'
import { freePorts } from './fleet/program.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** Packages that some experiments and a program of the repository ask for where they are needed, and do without otherwise. */
const askedFor = ['playwright-core', 'vite', 'tinybench', 'fast-check']
const TIMEOUT_MS = 120_000
/** Charts are drawn of cells that may be used: where others disturb them all, it is tried again. */
const TRIES = 3
/** Enough to see every part of a bench at work. */
const small = '--preset smoke -c 20 --poll 100ms --warmup 200ms --window 500ms --seed 7'.split(' ')

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}

/** A lock file: packages by their paths, `dev` where only development packages need them. */
interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>
}

/** Somebody's empty folder. */
let folder = ''
/** Files of the archive. */
let packed: readonly string[] = []
let manifest: Manifest

const installed = (...path: string[]): string => join(folder, 'node_modules', ...path)

/** Does what `npm install` of the archive does, without the network: packages are copies of this project's. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-package-'))
  const [archive] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ filename: string; files: { path: string }[] }]
  packed = archive.files.map(({ path }) => path)
  await mkdir(installed('transport-lab'), { recursive: true })
  execFileSync('tar', [
    '-xzf',
    join(folder, archive.filename),
    '-C',
    installed('transport-lab'),
    '--strip-components=1',
  ])
  await rm(join(folder, archive.filename))
  manifest = JSON.parse(await readFile(installed('transport-lab', 'package.json'), 'utf8'))
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock
  for (const [path, { dev }] of Object.entries(packages)) {
    const isOutermost = path.lastIndexOf('node_modules/') === 0
    if (isOutermost && !dev && existsSync(join(root, path)))
      await cp(join(root, path), join(folder, path), { recursive: true, mode: constants.COPYFILE_FICLONE })
  }
  await mkdir(installed('.bin'))
  for (const [name, file] of Object.entries(manifest.bin)) {
    await chmod(installed('transport-lab', file), 0o755)
    await symlink(join('..', 'transport-lab', file), installed('.bin', name))
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  NO_COLOR: '1',
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
})

/** Runs `transport-lab` to its end, in the folder. */
const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise(resolve => {
    execFile(
      installed('.bin', 'transport-lab'),
      args,
      { cwd: folder, env: environment(), maxBuffer: 1e8 },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    )
  })

/** Starts `transport-lab` and gives what it says of its address; `end` gives its exit code. */
async function start(address: RegExp, ...args: string[]) {
  const child = spawn(installed('.bin', 'transport-lab'), args, { cwd: folder, env: environment() })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close') as Promise<[number | null]>
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (said += text))
  await expect.poll(() => said, { timeout: 20_000, interval: 25 }).toMatch(address)
  return {
    url: new URL(address.exec(said)![1]!),
    async end() {
      child.kill('SIGTERM')
      return (await ended)[0]
    },
  }
}

describe('the archive', () => {
  const isOfTests = /\.(test|fixture)\.|\/testing\//

  test('holds no test and no fixture, and nor does dist/, which an image takes whole', async () => {
    expect(packed.length).toBeGreaterThan(200)
    expect(packed.filter(path => isOfTests.test(path))).toEqual([])
    const built = await readdir(join(root, 'dist'), { recursive: true })
    expect(built.filter(path => isOfTests.test(path))).toEqual([])
    expect(packed.filter(path => /\.tsx?$|\.map$|^\.|\/\./.test(path))).toEqual([])
  })

  test('names every package that its programs import, and no other', async () => {
    const imported = new Set<string>()
    for (const path of packed) {
      if (!/^dist\/(server|client|bench|results)\/.*\.js$/.test(path)) continue
      const text = await readFile(installed('transport-lab', path), 'utf8')
      for (const [, name] of text.matchAll(/(?:\bfrom |^import |\bimport\()['"]([^.'"][^'"]*)['"]/gm))
        imported.add(name!.split('/', name!.startsWith('@') ? 2 : 1).join('/'))
    }
    const foreign = [...imported].filter(name => !name.startsWith('node:') && !builtinModules.includes(name))
    const named = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    expect(foreign.sort()).toEqual([...named, ...askedFor].sort())
  })
})

describe('transport-lab', () => {
  test('explains itself, and passes on what stands behind a command', async () => {
    expect(await run('--help')).toMatchObject({ code: exitCodes.ok, stderr: '' })
    expect((await run('--help')).stdout).toMatch(/^Usage: transport-lab COMMAND[\s\S]*bench[\s\S]*serve[\s\S]*demo/)
    expect((await run('bench', '--help')).stdout).toContain('--experiment NAMES')
    expect((await run('serve', '--help')).stdout).toContain('--backplane URL')
    expect((await run('demo', '--help')).stdout).toContain('--replay FILE')
    expect((await run('anatomy', '--help')).stdout).toContain('--record')
    const versions = [await run('--version'), await run('bench', '--version')].map(({ stdout }) => stdout)
    expect(versions).toEqual(
      Array(2).fill(`${JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).version}\n`),
    )
  })

  test.each([
    [[], /^transport-lab needs a command, one of bench, serve, demo, anatomy, site, got none$/m],
    [['benhc'], /^unknown command "benhc": did you mean "bench"\?$/m],
    [['toString'], /^unknown command "toString": must be one of bench, serve, demo, anatomy, site$/m],
    [['--port', '1'], /^unknown command "--port": must be one of/m],
    [['bench', '--clients', 'many'], /^--clients must be .*"many"/m],
    [['serve', '--port', 'many'], /^--port must be .*"many"/m],
    [['demo', '--port', 'many'], /^--port must be .*"many"/m],
    [['anatomy', '--port', 'many'], /^--port must be .*"many"/m],
  ])('refuses %j in a sentence', async (args, says) => {
    const { code, stdout, stderr } = await run(...args)
    expect([code, stdout]).toEqual([exitCodes.usage, ''])
    expect(stderr).toMatch(says)
  })

  test('benches every transport, and leaves the run in ./results', { timeout: TIMEOUT_MS }, async () => {
    let id = ''
    for (let i = 0, isDrawn = false; i < TRIES && !isDrawn; i++) {
      const { code, stdout, stderr } = await run('bench', ...small, '--json')
      const { cells, warnings, ...of } = parseRun(JSON.parse(stdout))
      id = of.id
      const delivered = cells.filter(({ transport }) => transport !== null)
      expect(delivered.map(({ transport }) => transport).sort()).toEqual(Object.keys(clientTransports).sort())
      for (const { transport, lost, duplicated, outOfOrder, expected } of delivered) {
        expect([transport, lost, duplicated, outOfOrder]).toEqual([transport, 0, 0, 0])
        expect(expected).toBeGreaterThan(0)
      }
      // A window that another process disturbed voids its cell: that is told, and then the code is 1.
      const errors = warnings.filter(({ severity }) => severity === 'error').map(({ code }) => code)
      expect(errors.filter(code => !['void', 'busy-machine', 'late-publisher'].includes(code))).toEqual([])
      expect(code, stderr).toBe(errors.length > 0 ? exitCodes.unusable : exitCodes.ok)
      isDrawn = delivered.some(({ status }) => status === 'ok')
    }
    const files = await readdir(join(folder, 'results', id))
    expect(files).toEqual(expect.arrayContaining(['run.json', 'summary.md', 'summary.csv', 'report.html', 'charts']))
    expect((await readdir(folder)).sort()).toEqual(['node_modules', 'results'])
    expect(await readdir(installed('transport-lab', 'results'))).not.toContain(id)
    expect(await readdir(join(folder, 'results', id, 'charts'))).toContain('latency.png')
  })

  test('serves the runs of ./results, and those that came with it', async () => {
    const run = { ...sampleRun({ transports: [] }), id: 'of-this-folder' }
    await mkdir(join(folder, 'results', run.id), { recursive: true })
    await writeFile(join(folder, 'results', run.id, 'run.json'), JSON.stringify(run))
    const server = await start(/transport lab on (\S+)/, 'serve', '--port', '0')
    const page = await fetch(server.url)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<script')])
    const { runs } = (await (await fetch(new URL('/api/runs', server.url))).json()) as { runs: { id: string }[] }
    expect(runs.map(({ id }) => id)).toEqual(expect.arrayContaining([run.id, 'delivery']))
    expect(await server.end()).toBe(exitCodes.ok)
  })

  test('shows the demo, and plays what was recorded where nothing is live', async () => {
    const [port] = await freePorts(1)
    const demo = await start(/teacher {2}(\S+)[\s\S]*Ctrl-C ends it/, 'demo', '--port', String(port))
    expect((await fetch(new URL(demoPaths.stage, demo.url))).status).toBe(200)
    expect(await (await fetch(new URL(demoPaths.state, demo.url))).json()).toMatchObject({ isLive: true })
    expect(await demo.end()).toBe(exitCodes.ok)

    const server = await start(/transport lab on (\S+)/, 'serve', '--port', '0')
    const recording = await fetch(new URL(demoPaths.recording, server.url))
    expect(recording.status).toBe(200)
    expect(parseRecording(await recording.text(), 'the served recording').length).toBeGreaterThan(100)
    expect(await server.end()).toBe(exitCodes.ok)
  })
})

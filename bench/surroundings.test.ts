// What may happen around a run, and costs it nothing that was measured.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { clientTransports } from '../client/transports/index.ts'
import { parseRun } from '../results/format.ts'

// What runs beside it keeps the cores busy, and cells are measured again.
vi.setConfig({ testTimeout: 60_000 })

const program = fileURLToPath(new URL('../dist/bench/main.js', import.meta.url))
const [transport = ''] = Object.keys(clientTransports)
const small = '-c 5 -r 40 --poll 100ms --window 300ms --warmup 100ms --idle 0 --cost 0 --seed 7'.split(' ')

/** A small run of one transport; `shell` comes before it in a shell, and ends with a separator. */
async function start(shell: string, ...more: string[]) {
  const out = await mkdtemp(join(tmpdir(), 'lab-surroundings-'))
  onTestFinished(() => rm(out, { recursive: true, force: true }))
  const words = [program, '-t', transport, ...small, ...more, '--out', out]
  const child = spawn('sh', ['-c', `${shell} exec "$0" "$@"`, process.execPath, ...words])
  onTestFinished(() => void child.kill('SIGKILL'))
  return { out, child }
}

async function endOf(child: ChildProcess) {
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', text => {
      texts[name] += text
    })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...texts }
}

const filesOf = async (out: string) => {
  const [id = ''] = await readdir(out)
  const read = async () => parseRun(JSON.parse(await readFile(join(out, id, 'run.json'), 'utf8')))
  return { names: await readdir(join(out, id)), read }
}

const gate = ['--rounds', '1', '--fail-on', `${transport}.medianMs>=0`]

test('readers of stdout and stderr that go away end neither the run nor what it writes', async () => {
  const { out, child } = await start('', '--rounds', '2')
  child.stdout!.destroy()
  await once(child.stderr!, 'data')
  child.stderr!.destroy()
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  // A busy machine voids cells, and then it is 1.
  expect({ code, signal }).toEqual({ code: code === 1 ? 1 : 0, signal: null })
  const { names, read } = await filesOf(out)
  expect(await read()).toMatchObject({ status: 'complete', roundsDone: 2 })
  expect(names).toContain('report.html')
})

test('a disk that has room for the run only costs the report and the charts: table and gates are printed', async () => {
  const { out, child } = await start('ulimit -f 100;', ...gate)
  const { code, stdout, stderr } = await endOf(child)
  expect(code).toBe(1)
  expect(stdout).toContain(transport)
  expect(stderr).toMatch(/report\.html was not made: EFBIG/)
  expect(stderr).toContain(`--fail-on ${gate.at(-1)} tripped`)
  const { names, read } = await filesOf(out)
  expect((await read()).status).toBe('complete')
  expect(names.filter(name => /report|tmp/.test(name))).toEqual([])
})

test('a disk that has no room for the run either leaves what stdout gets, and says so', async () => {
  const { out, child } = await start('ulimit -f 2;', ...gate, '--json')
  const { code, stdout, stderr } = await endOf(child)
  expect(code).toBe(3)
  expect(parseRun(JSON.parse(stdout))).toMatchObject({ status: 'complete', roundsDone: 1 })
  expect(stderr).toMatch(/run\.json cannot be written: EFBIG; measuring goes on/)
  expect(stderr).toContain(`--fail-on ${gate.at(-1)} tripped`)
  expect((await filesOf(out)).names).toEqual([])
})

test('a terminal that is closed is an end like Ctrl-C: whole rounds are kept', async () => {
  const { out, child } = await start('', '--rounds', '50')
  const ended = endOf(child)
  await new Promise<void>(resolve => {
    child.stderr!.on('data', text => {
      if (String(text).includes('round 2/50')) resolve()
    })
  })
  child.kill('SIGHUP')
  expect(await ended).toMatchObject({ code: 130, stderr: expect.stringContaining('whole rounds are kept') })
  const run = await (await filesOf(out)).read()
  expect(run.status).toBe('partial')
  expect(run.roundsDone).toBeGreaterThanOrEqual(1)
})

test.each([
  ['is too long for a socket', `x/${'y'.repeat(120)}`, /--control must be a path of at most \d+ bytes/],
  ['is not there', 'nowhere', /no folder can be made in \S+nowhere: ENOENT/],
])('a temporary folder that %s is met with a sentence', async (_, name, sentence) => {
  const base = await mkdtemp(join(tmpdir(), 'lab-surroundings-'))
  onTestFinished(() => rm(base, { recursive: true, force: true }))
  const folder = join(base, name)
  const { child } = await start(
    `${name === 'nowhere' ? '' : `mkdir -p '${folder}';`} export TMPDIR='${folder}';`,
    ...gate,
  )
  const { code, stderr } = await endOf(child)
  expect(stderr).toMatch(sentence)
  expect(stderr).not.toMatch(/^ {4}at /m)
  expect([3, 4]).toContain(code)
})

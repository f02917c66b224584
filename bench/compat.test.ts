// The lab on each Node that people run besides the one that runs this: the contract of all transports, and a short bench, with that Node as everything's.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { majors, nodeOf } from '../.ci/node-versions.mjs'
import { clientTransports } from '../client/transports/index.ts'
import { parseRun } from '../results/format.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const transports = Object.keys(clientTransports)
const others = majors.filter(major => !process.version.startsWith(`v${major}.`))
/** The whole contract is in there. */
const TIMEOUT_MS = 180_000
/** Enough to see every part of a bench at work. */
const small = '--preset smoke -c 20 --poll 100ms --warmup 200ms --window 500ms --seed 7'.split(' ')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transport-lab-compat-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs a program of the project with that Node, alone on its PATH. */
function run(
  node: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; out: string }> {
  const path = [dirname(node), process.env.PATH].join(':')
  return new Promise(resolve => {
    execFile(
      node,
      args,
      { cwd: root, env: { ...process.env, PATH: path, ...env }, maxBuffer: 1e8 },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out: stdout + stderr }),
    )
  })
}

describe.runIf(process.platform === 'linux').each(others)('Node %i', major => {
  const node = nodeOf(major)

  test('is there', async () => {
    expect(node, 'npm run setup brings the other Nodes').toBeDefined()
    expect((await run(node!, ['--version'])).out).toMatch(new RegExp(`^v${major}\\.`))
  })

  test.concurrent('holds the contract on every transport', { timeout: TIMEOUT_MS }, async () => {
    const report = join(folder, `contract-${major}.json`)
    const { code, out } = await run(
      node!,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--project',
        'unit',
        'client/contract.test.ts',
        '--testNamePattern',
        'coalescing on|through the whole app|hands a cursor',
      ],
      { VITEST_REPORT: report },
    )
    expect(code, out).toBe(0)
    const { numPassedTests, numFailedTests } = JSON.parse(await readFile(report, 'utf8'))
    expect(numFailedTests).toBe(0)
    expect(numPassedTests).toBeGreaterThanOrEqual(2 * 10 * transports.length)
  })

  test.concurrent('loses nothing in a short bench of every transport', { timeout: TIMEOUT_MS }, async () => {
    const { code, out } = await run(node!, ['dist/bench/main.js', ...small, '--out', folder, '--json'])
    const { cells, fingerprint, warnings } = parseRun(JSON.parse(out.slice(out.indexOf('{'), out.lastIndexOf('}') + 1)))
    expect(fingerprint.node).toMatch(new RegExp(`^v?${major}\\.`))
    const delivered = cells.filter(({ transport }) => transport !== null)
    expect(delivered.map(({ transport }) => transport).sort()).toEqual([...transports].sort())
    for (const { transport, lost, duplicated, outOfOrder, expected, published } of delivered) {
      expect([transport, lost, duplicated, outOfOrder]).toEqual([transport, 0, 0, 0])
      expect(expected).toBe(20 * published)
      expect(published).toBeGreaterThan(0)
    }
    // What runs beside it may void a cell: that is told, and then the code is 1.
    const errors = warnings.filter(({ severity }) => severity === 'error').map(({ code }) => code)
    expect(errors.filter(code => !['void', 'busy-machine', 'late-publisher'].includes(code))).toEqual([])
    expect(code, out).toBe(errors.length > 0 ? 1 : 0)
  })
})

// The lab on each Node that people run: the contract of all transports, and a whole smoke bench, with that Node as everything's.
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
/** A window that another process disturbed voids its cells: the bench says so and ends with 1. Nothing may ever be lost. */
const TRIES = 3
const TIMEOUT_MS = 240_000

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

describe.runIf(process.platform === 'linux').each(majors)('Node %i', major => {
  const node = nodeOf(major)

  test('is there', async () => {
    expect(node, 'npm run setup brings the other Nodes').toBeDefined()
    expect((await run(node!, ['--version'])).out).toMatch(new RegExp(`^v${major}\\.`))
  })

  test('holds the contract on every transport', { timeout: TIMEOUT_MS }, async () => {
    const report = join(folder, `contract-${major}.json`)
    const { code, out } = await run(
      node!,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
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

  test('loses nothing in a smoke bench of every transport', { timeout: TIMEOUT_MS }, async () => {
    let last = { code: -1, out: '' }
    for (let i = 0; i < TRIES && last.code !== 0; i++) {
      const seed = String(100 * major + i)
      last = await run(node!, ['dist/bench/main.js', '--preset', 'smoke', '--seed', seed, '--out', folder, '--json'])
      const json = last.out.slice(last.out.indexOf('{'), last.out.lastIndexOf('}') + 1)
      const { cells, fingerprint } = parseRun(JSON.parse(json))
      expect(fingerprint.node).toMatch(new RegExp(`^v?${major}\\.`))
      const delivered = cells.filter(({ transport }) => transport !== null)
      expect(delivered.map(({ transport }) => transport).sort()).toEqual([...transports].sort())
      for (const { transport, lost, duplicated, outOfOrder, expected } of delivered) {
        expect([transport, lost, duplicated, outOfOrder]).toEqual([transport, 0, 0, 0])
        expect(expected).toBeGreaterThan(0)
      }
    }
    expect(last.code, last.out).toBe(0)
  })
})

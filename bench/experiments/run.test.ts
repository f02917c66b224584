// An experiment as its users meet it: the real program, the list, and a quick look whose claim is judged.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parseRun } from '../../results/format.ts'
import { experiments } from './index.ts'

const program = fileURLToPath(new URL('../../dist/bench/main.js', import.meta.url))
const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args])

test('--list names every experiment with its question', async () => {
  const { stdout } = await run('--list')
  const lines = stdout.split('\n')
  for (const [name, { question, needs }] of Object.entries(experiments)) {
    const line = lines.find(text => text.trim().startsWith(`${name} `))
    expect(line).toMatch(/ \d+(\.\d)? (s|min) /)
    expect(line?.endsWith(needs === undefined ? question : `${question} (needs ${needs})`)).toBe(true)
  }
})

test('a quick look measures the scenario once for each of its transports and judges the claim', async () => {
  const out = await mkdtemp(join(tmpdir(), 'lab-experiment-test-'))
  try {
    // A busy machine voids cells (exit code 1); what was measured is written all the same.
    const args = [
      '--experiment',
      'latency-3',
      '--rounds',
      '1',
      '--window',
      '800ms',
      '--warmup',
      '100ms',
      '--seed',
      '7',
      '-q',
    ]
    await run(...args, '--out', out).catch((error: { code: number }) => expect(error.code).toBe(1))
    const [id] = await readdir(out)
    const { cells, claims, scenarios } = parseRun(JSON.parse(await readFile(join(out, id!, 'run.json'), 'utf8')))
    expect(scenarios).toMatchObject([{ rttMs: 100, stratified: true, windowMs: 800, rounds: 1 }])
    // Nothing of the publishing alone is subtracted here, so it was not measured.
    expect(cells.map(({ transport }) => transport)).toEqual(['short-polling', 'long-polling', 'websocket'])
    for (const { delivery, lost } of cells) {
      expect(lost).toBe(0)
      expect(delivery!.p995Us).toBeGreaterThanOrEqual(delivery!.p99Us!)
    }
    expect(claims).toMatchObject([{ id: 'latency-3', verdict: 'inconclusive' }])
  } finally {
    await rm(out, { recursive: true, force: true })
  }
  // What runs beside it keeps the cores busy, and cells are measured again.
}, 60_000)

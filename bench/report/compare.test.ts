// The real program on copies of the sample run.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRun, type Run } from '../../results/format.ts'

const program = fileURLToPath(new URL('../../dist/bench/main.js', import.meta.url))
const sample = fileURLToPath(new URL('../../results/samples/claims-2026-11-23/', import.meta.url))

let folder: string
let run: Run
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compare-'))
  run = firstLoadOf(parseRun(JSON.parse(await readFile(join(sample, 'run.json'), 'utf8'))))
  await keep('earlier', run)
  await keep('later', withLatency(run, 1.5))
  await mkdir(join(folder, 'broken'))
  await writeFile(join(folder, 'broken', 'run.json'), '{"format": ')
  await writeFile(join(folder, 'other.json'), '{"format": "something else"}')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function keep(id: string, document: Run): Promise<void> {
  await cp(sample, join(folder, id), { recursive: true })
  await writeFile(join(folder, id, 'run.json'), JSON.stringify({ ...document, id }))
}

/** The run as if only its first load had been measured, whatever else the sample holds. */
function firstLoadOf({ claims: _, ...of }: Run): Run {
  const [first] = of.scenarios
  const isOf = ({ scenario }: { scenario: string }) => scenario === first!.id
  return { ...of, scenarios: [first!], cells: of.cells.filter(isOf), summary: of.summary.filter(isOf) }
}

/** Every latency `factor` times as long. */
const withLatency = (of: Run, factor: number): Run => ({
  ...of,
  cells: of.cells.map(cell => ({
    ...cell,
    delivery: cell.delivery && {
      ...cell.delivery,
      p50Us: cell.delivery.p50Us! * factor,
      p99Us: cell.delivery.p99Us! * factor,
    },
  })),
})

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const compare = (...args: string[]): Promise<Ended> =>
  new Promise(resolve => {
    const env = { ...process.env, NO_COLOR: '1' }
    execFile(process.execPath, [program, 'compare', '--out', folder, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })

describe('compare', () => {
  it('takes ids, folders and files, and prints verdict and tables on stdout', async () => {
    const { code, stdout, stderr } = await compare('earlier', join(folder, 'later'))
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^before {2}earlier · .*\nnow {5}later · /)
    expect(stdout).toContain('50 % slower')
    const byFile = await compare(join(folder, 'earlier', 'run.json'), 'later')
    expect(byFile).toEqual({ code, stdout, stderr })
  })

  it('takes the latest, the previous and a name, and without words the last two', async () => {
    const out = await mkdtemp(join(tmpdir(), 'compare-'))
    try {
      for (const [id, name, factor] of [
        ['20260101-100000-delivery', 'mine', 1],
        ['20260102-100000-delivery', 'mine', 1],
        ['20260103-100000-delivery', undefined, 1.5],
      ] as const) {
        await mkdir(join(out, id))
        await writeFile(join(out, id, 'run.json'), JSON.stringify({ ...withLatency(run, factor), id, name }))
      }
      await mkdir(join(out, '20260104-100000-empty'))
      const all = await Promise.all([
        compare('previous', 'latest', '--out', out),
        compare('mine', '20260103-100000-delivery', '--out', out),
        compare('--out', out),
      ])
      for (const { code, stdout } of all) {
        expect(code).toBe(0)
        expect(stdout).toMatch(/^before {2}20260102-100000-delivery · .*\nnow {5}20260103-100000-delivery · /)
      }
      await rm(join(out, '20260103-100000-delivery'), { recursive: true })
      await rm(join(out, '20260102-100000-delivery'), { recursive: true })
      const { code, stderr } = await compare('--out', out)
      expect([code, stderr]).toEqual([2, expect.stringContaining('there is no previous run')])
    } finally {
      await rm(out, { recursive: true, force: true })
    }
  })

  it('prints one JSON document with --json', async () => {
    const { code, stdout } = await compare('earlier', 'later', '--json')
    const { before, now, loads } = JSON.parse(stdout)
    expect([code, before.id, now.id]).toEqual([0, 'earlier', 'later'])
    expect(loads[0].transports.map(({ transport }: { transport: string }) => transport)).toEqual(run.transports)
    for (const { statistics } of loads[0].transports) expect(statistics.medianMs.ratio.value).toBeCloseTo(1.5, 9)
  })

  it('ends with 1 and a line each where conditions trip, on the figure or on the change', async () => {
    const last = run.transports[0]!
    const gates = [
      '--fail-on',
      `${last}.medianMs>10%`,
      '--fail-on',
      `${last}.medianMs > 1`,
      '--fail-on',
      `${last}.p99Ms>90%`,
    ]
    const { code, stdout, stderr } = await compare('earlier', 'later', '--json', ...gates)
    expect(code).toBe(1)
    const lines = stderr.trimEnd().split('\n')
    expect(lines).toHaveLength(2)
    expect(stderr).toMatch(/--fail-on \S+\.medianMs>10% tripped: \+50\.0 % \[/)
    expect(stderr).toMatch(/--fail-on \S+\.medianMs>1 tripped: \d/)
    expect(JSON.parse(stdout).tripped).toEqual(lines)
    expect((await compare('later', 'later', '--fail-on', `${last}.medianMs>10%`)).code).toBe(0)
  })

  it.each([
    [
      ['earlyer', 'later'],
      /^there is no run "earlyer": neither earlyer\/run\.json nor .*\ndid you mean "earlier"\?\n$/,
    ],
    [['zzz', 'later'], /^there is no run "zzz": .*\nids are the names of folders in /],
    [['earlier', 'broken'], /broken\/run\.json is not a run: .*JSON/],
    [['earlier'], /^compare takes two runs, got "earlier"\n/],
    [['earlier', 'later', '--fail-on', 'nobody.p99Ms>1'], /unknown transport "nobody"/],
  ])('%j ends with 2 and a sentence', async (args, words) => {
    const { code, stdout, stderr } = await compare(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(words)
  })

  it('reads a run as other systems write it: in UTF-16, with a byte order mark and CR LF', async () => {
    const text = await readFile(join(folder, 'earlier', 'run.json'), 'utf8')
    const foreign = join(folder, 'foreign.json')
    await writeFile(foreign, `\uFEFF${text.replace(/\n$/, '\r\n')}`, 'utf16le')
    const { code, stdout } = await compare(foreign, 'later')
    expect(code).toBe(0)
    expect(stdout).toBe((await compare('earlier', 'later')).stdout)
  })

  it('says of a file that is no run what it is instead', async () => {
    const { code, stderr } = await compare(join(folder, 'other.json'), 'later')
    expect(code).toBe(2)
    expect(stderr).toContain('other.json is not a run: not a run of this lab: "format" must be')
  })
})

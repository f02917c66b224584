import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseRun } from '../../results/format.ts'
import { sampleRun } from '../../results/sample-run.fixture.ts'
import { summaryCsv, summaryMarkdown } from '../../results/tables.ts'
import { describeError, isExitError } from '../cli/exit.ts'
import { jsonText, openRunFolder } from './files.ts'

let temporary: string
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'lab-files-'))
})
afterEach(() => rmSync(temporary, { recursive: true, force: true }))

const run = sampleRun({ transports: ['a', 'b'], rounds: 2 })

async function refusal(made: Promise<unknown>): Promise<{ code: number; text: string }> {
  const error = await made.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!isExitError(error)) throw new Error(`was not refused: ${String(error)}`)
  return { code: error.exitCode, text: describeError(error) }
}

describe('the folder of a run', () => {
  test('holds the document, Markdown and CSV, and nothing half done', async () => {
    const folder = await openRunFolder(join(temporary, 'new', 'out'), 'the-id')
    await folder.write(run)
    const { files } = folder
    expect(files).toEqual(
      ['run.json', 'summary.md', 'summary.csv'].map(name => join(temporary, 'new', 'out', 'the-id', name)),
    )
    expect(readdirSync(join(temporary, 'new', 'out', 'the-id')).sort()).toEqual([
      'run.json',
      'summary.csv',
      'summary.md',
    ])
    const [json, markdown, csv] = files.map(path => readFileSync(path, 'utf8'))
    expect(json).toBe(jsonText(run))
    expect(parseRun(JSON.parse(json!)).id).toBe(run.id)
    expect(markdown).toBe(summaryMarkdown(run))
    expect(csv).toBe(summaryCsv(run))
  })

  test('is taken away with all that was kept where there is nothing to tell', async () => {
    const folder = await openRunFolder(temporary, 'x')
    await folder.keep('some.cfg', 'text')
    await folder.discard()
    expect(readdirSync(temporary)).toEqual([])
  })

  test('is written anew after every round', async () => {
    const folder = await openRunFolder(temporary, 'x')
    await folder.write({ ...run, roundsDone: 1 })
    await folder.write({ ...run, roundsDone: 2 })
    expect(JSON.parse(readFileSync(join(temporary, 'x', 'run.json'), 'utf8')).roundsDone).toBe(2)
  })

  test('a reader never sees half a document while it is replaced', async () => {
    const folder = await openRunFolder(temporary, 'x')
    await folder.write(run)
    const long = { ...run, verdict: 'x'.repeat(3_000_000) }
    let writing = true
    const written = (async () => {
      for (let i = 0; i < 10; i++) await folder.write(i % 2 ? run : long)
      writing = false
    })()
    let reads = 0
    while (writing) {
      parseRun(JSON.parse(readFileSync(join(temporary, 'x', 'run.json'), 'utf8')))
      reads++
      await new Promise(resolve => setImmediate(resolve))
    }
    await written
    expect(reads).toBeGreaterThan(10)
  })

  test('belongs to one run', async () => {
    await openRunFolder(temporary, 'x')
    expect(await refusal(openRunFolder(temporary, 'x'))).toEqual({
      code: 2,
      text: `${join(temporary, 'x')} is there already: two runs began in the same second\nrun it again`,
    })
  })

  test('a file where it should be is a bad option', async () => {
    const file = join(temporary, 'file')
    writeFileSync(file, '')
    for (const out of [file, join(file, 'below')])
      expect(await refusal(openRunFolder(out, 'x'))).toEqual({
        code: 2,
        text: `--out must be a folder, got "${out}", where a file stands`,
      })
  })

  test('one that vanished or cannot be written to names the file and the reason', async () => {
    const folder = await openRunFolder(temporary, 'x')
    rmSync(join(temporary, 'x'), { recursive: true })
    const refused = await refusal(folder.write(run))
    expect(refused).toEqual({
      code: 3,
      text: `${join(temporary, 'x', 'run.json')} cannot be written: ENOENT\nfree some space, or name another folder with --out`,
    })
    expect(readdirSync(temporary)).toEqual([])
  })

  test('a file that cannot be replaced leaves no half one behind', async () => {
    const folder = await openRunFolder(temporary, 'x')
    mkdirSync(join(temporary, 'x', 'summary.md'))
    expect((await refusal(folder.write(run))).code).toBe(3)
    expect(readdirSync(join(temporary, 'x')).sort()).toEqual(['run.json', 'summary.md'])
  })

  test.runIf(process.platform === 'linux')('one that may not be made is the machine speaking', async () => {
    const refused = await refusal(openRunFolder('/proc/nowhere', 'x'))
    expect(refused.code).toBe(3)
    expect(refused.text).toContain('--out must be a folder that can be written to, got "/proc/nowhere": E')
  })
})

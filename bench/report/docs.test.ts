// The pages: their tables are those of the committed runs, and every link and picture is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fillTables } from '../../results/docs.ts'
import { sampleRun } from '../../results/sample-run.fixture.ts'
import { pages, projectFolder, renderPages } from './docs.ts'

const root = projectFolder()

test('the tables of every page are what npm run docs makes of the committed runs', () => {
  for (const { page, is, shouldBe } of renderPages(root)) expect([page, is]).toEqual([page, shouldBe])
})

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')

describe.each(pages)('%s', page => {
  const text = readFileSync(join(root, page), 'utf8')

  test('links to what is there', () => {
    const dead: string[] = []
    for (const [, target] of text.replace(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue
      const [path = '', anchor] = target!.split('#')
      const file = path === '' ? join(root, page) : join(root, dirname(page), path)
      if (!existsSync(file)) dead.push(target!)
      else if (anchor !== undefined) {
        const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
          anchorOf(heading!),
        )
        if (!headings.includes(anchor)) dead.push(target!)
      }
    }
    expect(dead).toEqual([])
  })
})

test('comments cite what is there', () => {
  const dead: string[] = []
  let cited = 0
  for (const folder of ['server', 'client', 'bench', 'results'])
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue
      const file = join(entry.parentPath, entry.name)
      const text = readFileSync(file, 'utf8')
      for (const [citation, page, section, rule] of text.matchAll(
        /\b([\w/]+\/(?:README|models)\.md)(?:, "([^"\n]+)"|, rule (\d+))?/g,
      )) {
        if (file.endsWith('docs.test.ts') || file.endsWith('docs.ts')) continue
        cited++
        const path = join(root, page!)
        const known = existsSync(path) ? readFileSync(path, 'utf8') : undefined
        const isThere =
          known !== undefined &&
          (section === undefined ||
            new RegExp(`^#+ .*${section}`, 'm').test(known) ||
            known.includes(`**${section}.**`)) &&
          (rule === undefined || new RegExp(`^${rule}\\. \\*\\*`, 'm').test(known))
        if (!isThere) dead.push(`${file}: ${citation}`)
      }
    }
  expect(dead).toEqual([])
  expect(cited).toBeGreaterThan(10)
})

test('the first page is two pages long', () => {
  expect(readFileSync(join(root, 'README.md')).length).toBeLessThanOrEqual(8192)
})

describe('a table', () => {
  const run = { ...sampleRun({ transports: ['sse', 'websocket'] }), claims: [] }

  test('is made anew between its marks, and the rest stays', () => {
    const text = 'before\n<!-- run one: table -->\nold\n<!-- end -->\nafter'
    const filled = fillTables(text, () => run)
    expect(filled).toMatch(/^before\n<!-- run one: table -->\n\| transport [\s\S]*\n<!-- end -->\nafter$/)
    expect(fillTables(filled, () => run)).toBe(filled)
  })

  test('of something that does not exist is an error that names it', () => {
    expect(() => fillTables('<!-- run one: chart -->\n<!-- end -->', () => run)).toThrow(
      'table, claims, points, got "chart"',
    )
    expect(() => fillTables('<!-- run one: claims nothing -->\n<!-- end -->', () => run)).toThrow('no claim "nothing"')
  })
})

// `npm run docs`: makes the tables of the READMEs from the committed runs, in place.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fillTables } from '../../results/docs.ts'
import { parseRun, type Run } from '../../results/format.ts'

/** The pages, below the project's folder. */
export const pages = [
  'README.md',
  'server/README.md',
  'client/README.md',
  'client/demo/README.md',
  'bench/README.md',
  'results/README.md',
  'results/models.md',
]

/** Committed runs by the names of their folders. */
export function readSamples(root: string): (name: string) => Run {
  const folder = join(root, 'results/samples')
  return name => {
    if (!readdirSync(folder).includes(name)) throw new Error(`there is no committed run ${JSON.stringify(name)}`)
    return parseRun(JSON.parse(readFileSync(join(folder, name, 'run.json'), 'utf8')))
  }
}

/** Each page as it is and as it should be. */
export function renderPages(root: string): { page: string; is: string; shouldBe: string }[] {
  const runOf = readSamples(root)
  return pages.map(page => {
    const is = readFileSync(join(root, page), 'utf8')
    return { page, is, shouldBe: fillTables(is, runOf) }
  })
}

/** The project's folder, from the sources or from `dist`. */
export function projectFolder(): string {
  const above = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')
  return above.endsWith('dist') ? dirname(above) : above
}

if (process.argv[1]?.endsWith('docs.js')) {
  const root = projectFolder()
  for (const { page, is, shouldBe } of renderPages(root))
    if (is !== shouldBe) {
      writeFileSync(join(root, page), shouldBe)
      console.log(`docs: ${page}`)
    }
}

// `npm run site`: the viewer with the committed samples, their claims, the recorded class and the anatomy as a folder of files, for any static host and any sub-path.
// The lab's own server answers once for each file; what the pages then ask for lies beside them.
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { anatomyPaths } from '../server/anatomy/wire.ts'
import { demoPaths } from '../server/demo/wire.ts'
import { unknownWord } from '../server/suggest.ts'
import { describeError, exitCodes, isExitError, serverError, usageError } from './cli/exit.ts'
import { makeFolder, removeFolder } from './machine/folders.ts'
import { startServerProcess } from './machine/server-process.ts'

const help = `Usage: npm run site -- [options]

Writes a folder that shows the committed runs, their claims, the recorded class and the bytes on the wire from any static host, below any path.

Options:
  --out FOLDER   where to; its content is replaced, and it must be new, empty or such a folder (site)
  -h, --help     this text
`

/** What stands in a folder that this program may replace. */
const MARK = '.transport-lab-site'

const known = {
  out: { type: 'string', default: 'site' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

interface SiteOptions {
  readonly out: string
  readonly help: boolean
}

/** Parses the words behind the program's name. Throws ExitError 2. */
function parseSiteOptions(argv: readonly string[]): SiteOptions {
  const { tokens } = parseArgs({ args: [...argv], options: known, strict: false, allowPositionals: true, tokens: true })
  for (const token of tokens)
    if (token.kind === 'positional') throw usageError(`the site takes options only, got ${JSON.stringify(token.value)}`)
    else if (token.kind === 'option' && !Object.hasOwn(known, token.name))
      throw usageError(unknownWord('option', token.rawName, [...Object.keys(known).map(name => `--${name}`), '-h']))
  try {
    return parseArgs({ args: [...argv], options: known, strict: true }).values
  } catch (error) {
    throw usageError(`${(error as Error).message.split('. ')[0]}. See --help`)
  }
}

/** Writes the site to `out`. Throws ExitError 2 where that is a folder of something else, 4 where the server does not answer. */
async function writeSite(out: string): Promise<void> {
  await takeFolder(out)
  const nobodys = await makeFolder('site')
  const server = await startServerProcess(['--results', nobodys])
  try {
    const ask = async (path: string): Promise<string> => {
      const response = await fetch(new URL(path, server.url))
      if (!response.ok)
        throw serverError(`${path} was answered with ${response.status}`, 'build the pages: npm run build')
      return response.text()
    }
    const put = async (path: string, content: string): Promise<void> => {
      await mkdir(dirname(join(out, path)), { recursive: true })
      await writeFile(join(out, path), content)
    }
    await put('index.html', siteOf(await ask('/'), ''))
    await put('demo/index.html', siteOf(await ask(demoPaths.teach), '../'))
    await put('anatomy/index.html', siteOf(await ask(anatomyPaths.page), '../'))
    await put('demo/class.ndjson', await ask(demoPaths.recording))
    const list = await ask('/api/runs')
    await put('runs/list.json', list)
    await put('runs/claims.json', await ask('/api/claims'))
    for (const { id } of (JSON.parse(list) as { runs: { id: string }[] }).runs)
      await put(`runs/${id}.json`, await ask(`/api/runs/${id}`))
    await cp(fileURLToPath(new URL('../web/assets', import.meta.url)), join(out, 'assets'), { recursive: true })
    // GitHub's pages leave out what begins with an underscore, unless told not to.
    await put('.nojekyll', '')
  } finally {
    await server.end()
    await removeFolder(nobodys)
  }
}

/** A page of the server as one of the site: it says that there is no server, and its assets are found from where it lies. */
const siteOf = (page: string, up: string): string =>
  page.replace('<html', '<html data-site').replaceAll('"/assets/', `"${up}assets/`)

/** Empties the folder if it is one of these, and marks it. */
async function takeFolder(out: string): Promise<void> {
  await mkdir(out, { recursive: true })
  const found = await readdir(out)
  if (found.length > 0 && !found.includes(MARK))
    throw usageError(
      `--out must be a new or an empty folder, or one that this program wrote, got ${JSON.stringify(out)}`,
    )
  for (const name of found) await rm(join(out, name), { recursive: true })
  await writeFile(join(out, MARK), 'npm run site replaces what is in this folder.\n')
}

async function main(argv: readonly string[]): Promise<void> {
  const options = parseSiteOptions(argv)
  if (options.help) return void process.stdout.write(help)
  const out = resolve(options.out)
  await writeSite(out)
  process.stdout.write(`${out}\n`)
  process.stderr.write(
    'Serve it from any static host. Opened as a file it shows nothing: browsers read no data from beside such a page.\n',
  )
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`)
  process.exitCode = isExitError(error) ? error.exitCode : exitCodes.server
})

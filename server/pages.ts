// The pages and what they read: the built viewer at /, and the runs under results/ at /api/runs.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import express from 'express'
import helmet from 'helmet'
import { demoPaths } from './demo/wire.ts'
import { Problem, quote } from './problem.ts'
import { fileSender, sendJson, sendText, serve } from './respond.ts'
import { textOfFile } from './text-file.ts'

export interface PagesOptions {
  /** dist/web, where the build put the pages. */
  readonly distDir: string
  /** results/: a folder for each run, with a run.json in it. */
  readonly resultsDir: string
  /** results/samples/: the runs that come with the lab, listed last; a folder's name is the id. */
  readonly samplesDir: string
}

/** What the list says of a run: enough to choose one by. */
interface Listed {
  readonly id: string
  readonly name?: string
  readonly status: string
  readonly startedAt: string
  readonly experiment: string
  readonly transports: readonly string[]
  readonly isSample?: boolean
}

type Entry = Listed | { readonly id: string; readonly reason: string }

/** The run that a page opens with where there is no other. */
const FIRST_SAMPLE = 'delivery'
/** The form of a run's id; the folder of a run has its name. */
const ID = /^[a-z0-9][a-z0-9-]{0,79}$/
/** Larger files are not read: a run takes a few MB at most. */
const MAX_RUN_BYTES = 256e6

/** Routes for an app: `/`, its assets, `GET /api/runs` and `GET /api/runs/:id`. Answers carry a strict Content-Security-Policy. */
export function pages({ distDir, resultsDir, samplesDir }: PagesOptions): express.Router {
  const router = express.Router()
  router.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': ["'none'"],
          'script-src': ["'self'"],
          'style-src': ["'self'"],
          'img-src': ["'self'", 'data:', 'blob:'],
          'connect-src': ["'self'"],
          'base-uri': ["'none'"],
          'form-action': ["'none'"],
          'frame-ancestors': ["'none'"],
        },
      },
      // The lab speaks plain HTTP on this machine; a browser told otherwise would not come back.
      strictTransportSecurity: false,
    }),
  )

  const read = createReader()

  /** Folders that may hold a run, by id; a run of one's own goes before one that came with the lab. */
  async function foldersOf(): Promise<Map<string, { folder: string; isSample: boolean }>> {
    const folders = new Map<string, { folder: string; isSample: boolean }>()
    for (const [parent, isSample] of [
      [samplesDir, true],
      [resultsDir, false],
    ] as const)
      for (const entry of await readdir(parent, { withFileTypes: true }).catch(() => []))
        if (entry.isDirectory() && ID.test(entry.name))
          folders.set(entry.name, { folder: join(parent, entry.name), isSample })
    return folders
  }

  async function list(): Promise<{ runs: Listed[]; unreadable: Entry[] }> {
    const found = await Promise.all(
      [...(await foldersOf())].map(async ([id, { folder, isSample }]) => {
        const entry = await read(id, join(folder, 'run.json'))
        return entry && !('reason' in entry) && isSample ? { ...entry, isSample } : entry
      }),
    )
    const runs: Listed[] = []
    const unreadable: Entry[] = []
    for (const entry of found) {
      if (!entry) continue
      if ('reason' in entry) unreadable.push(entry)
      else runs.push(entry)
    }
    const rank = ({ id, isSample, startedAt }: Listed): string =>
      `${isSample ? (id === FIRST_SAMPLE ? 1 : 0) : 2}${startedAt}`
    runs.sort((a, b) => (rank(a) < rank(b) ? 1 : rank(a) > rank(b) ? -1 : 0))
    return { runs, unreadable }
  }

  serve(router, '/api/runs', ['GET', 'HEAD'], async (_req, res) => sendJson(res, await list()))
  serve(router, '/api/runs/:id', ['GET', 'HEAD'], async (req, res) => {
    const { id } = (req as express.Request<{ id: string }>).params
    if (!ID.test(id)) throw new Problem(400, `a run's id is 1 to 80 of [a-z0-9-], got ${quote(id)}`)
    const folder = (await foldersOf()).get(id)?.folder
    const text = folder === undefined ? '' : await readFile(join(folder, 'run.json')).then(textOfFile, () => '')
    if (text === '') throw new Problem(404, `there is no run ${quote(id)} here`)
    sendText(res, 'application/json; charset=utf-8', text)
  })

  // Names of assets carry a hash of their content.
  router.use('/assets', express.static(join(distDir, 'assets'), { immutable: true, maxAge: '1y', index: false }))
  const sendPage = fileSender(distDir, 'no-cache')
  const page = (path: string, file: string): void => {
    router.get(path, (req, res, next) =>
      sendPage(req, res, file, error => next(error ?? new Problem(503, 'the pages are not built yet: npm run build'))),
    )
  }
  page('/', 'viewer/index.html')
  page(demoPaths.index, 'demo/index.html')
  page(demoPaths.stage, 'demo/stage.html')
  page(demoPaths.teach, 'demo/teach.html')
  page(demoPaths.tabs, 'demo/tabs.html')
  page(demoPaths.join, 'demo/join.html')
  page(`${demoPaths.join}/:code`, 'demo/join.html')
  return router
}

/** Reads what the list needs of a run, and again only where its file has changed: a page asks every few seconds. Gives undefined
 * where there is no file. */
function createReader(): (id: string, path: string) => Promise<Entry | undefined> {
  const known = new Map<string, { stamp: string; entry: Entry }>()
  return async (id, path) => {
    const found = await stat(path).catch(() => undefined)
    if (!found?.isFile()) {
      known.delete(id)
      return undefined
    }
    const stamp = `${found.ino} ${found.mtimeMs} ${found.size}`
    const before = known.get(id)
    if (before?.stamp === stamp) return before.entry
    const entry =
      found.size > MAX_RUN_BYTES ? { id, reason: `run.json has ${found.size} bytes` } : await readEntry(id, path)
    known.set(id, { stamp, entry })
    return entry
  }
}

async function readEntry(id: string, path: string): Promise<Entry> {
  let document: unknown
  try {
    document = JSON.parse(textOfFile(await readFile(path)))
  } catch (error) {
    return { id, reason: `run.json is not JSON: ${(error as Error).message}` }
  }
  if (typeof document !== 'object' || document === null) return { id, reason: 'run.json is not an object' }
  const { format, version, name, status, startedAt, experiment, transports } = document as Record<string, unknown>
  if (format !== 'transport-lab-run')
    return { id, reason: `"format" must be "transport-lab-run", got ${quote(format)}` }
  if (version !== 1) return { id, reason: `"version" must be 1, got ${quote(version)}` }
  const texts = { status, startedAt, experiment }
  for (const [key, value] of Object.entries(texts))
    if (typeof value !== 'string') return { id, reason: `"${key}" must be a text, got ${quote(value)}` }
  if (!Array.isArray(transports) || !transports.every(each => typeof each === 'string'))
    return { id, reason: `"transports" must be a list of texts, got ${quote(transports)}` }
  return { id, ...(typeof name === 'string' && { name }), ...(texts as Record<keyof typeof texts, string>), transports }
}

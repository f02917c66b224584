// The pages and what they read: the built viewer at /, and the runs under results/ at /api/runs.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import express from 'express'
import helmet from 'helmet'
import { anatomyPaths } from './anatomy/wire.ts'
import { phonePaths } from './demo/phone-wire.ts'
import { demoPaths } from './demo/wire.ts'
import { Problem, quote } from './problem.ts'
import { fileSender, sendJson, sendText, serve } from './respond.ts'
import { openRunFile, type RunFile } from './run-file.ts'
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
  /** Whole rounds; a run that has none shows nothing. */
  readonly roundsDone: number
  /** How many loads there are, and of the first what names it; absent where the file has no such numbers. */
  readonly loads: number
  readonly load?: Readonly<Record<(typeof loadFields)[number], number>>
  readonly isSample?: boolean
}

const loadFields = ['clients', 'ratePerSecond', 'pollIntervalMs', 'rttMs'] as const

/** A claim as a run has it, and which run that is. */
interface JudgedClaim {
  readonly run: string
  readonly startedAt: string
  readonly isSample?: boolean
  readonly claim: RawClaim
}

/** What of a claim is looked at here; the page reads the rest. */
interface RawClaim {
  readonly id: string
  readonly verdict: string
  readonly points?: unknown
}

type Entry = Listed | { readonly id: string; readonly reason: string }

/** What is kept of a run's file. */
interface Known {
  readonly entry: Entry
  readonly claims: readonly RawClaim[]
}

/** The run that a page opens with where there is no other. */
const FIRST_SAMPLE = 'delivery'
/** How soon a file is closed whose reader has gone. */
const GONE_MS = 1000
/** Bounds of what the list says of a run: an experiment is a name, or several joined by commas. */
const MAX_TEXT = 1000
const MAX_TRANSPORTS = 100
/** Claims of a run that take more are in the run alone, and not among those of all runs. */
const MAX_CLAIMS_BYTES = 512 * 1024
const SHORT_TEXT = `a text of at most ${MAX_TEXT} characters`
/** The form of a run's id; the folder of a run has its name. */
const ID = /^[a-z0-9][a-z0-9-]{0,79}$/

/** Routes for an app: `/`, its assets, `GET /api/runs`, `GET /api/runs/:id` and `GET /api/claims`. Answers carry a strict
 * Content-Security-Policy. */
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
  async function placesOf(): Promise<Map<string, Place>> {
    const places = new Map<string, Place>()
    for (const [parent, isSample] of [
      [samplesDir, true],
      [resultsDir, false],
    ] as const)
      for (const entry of await readdir(parent, { withFileTypes: true }).catch(() => []))
        if (entry.isDirectory() && ID.test(entry.name))
          places.set(entry.name, { root: parent, file: join(parent, entry.name, 'run.json'), isSample })
    return places
  }

  let reading: Promise<All> | undefined
  /** Whoever asks while the folders are read is given what that finds. */
  const readAll = (): Promise<All> => {
    reading ??= readFolders().finally(() => (reading = undefined))
    return reading
  }

  async function readFolders(): Promise<All> {
    const found = await Promise.all(
      [...(await placesOf())].map(async ([id, place]) => ({ known: await read(id, place), isSample: place.isSample })),
    )
    const runs: All['runs'] = []
    const unreadable: All['unreadable'] = []
    for (const { known, isSample } of found) {
      if (!known) continue
      const { entry, claims } = known
      if ('reason' in entry) unreadable.push(entry)
      else runs.push({ listed: isSample ? { ...entry, isSample } : entry, claims })
    }
    const rank = ({ id, isSample, startedAt }: Listed): string =>
      `${isSample ? (id === FIRST_SAMPLE ? 1 : 0) : 2}${startedAt}`
    runs.sort(({ listed: a }, { listed: b }) => (rank(a) < rank(b) ? 1 : rank(a) > rank(b) ? -1 : 0))
    return { runs, unreadable }
  }

  serve(router, '/api/runs', ['GET', 'HEAD'], async (_req, res) => {
    const { runs, unreadable } = await readAll()
    sendJson(res, { runs: runs.map(({ listed }) => listed), unreadable })
  })
  serve(router, '/api/claims', ['GET', 'HEAD'], async (_req, res) => {
    const { runs } = await readAll()
    sendJson(res, { claims: latestClaims(runs) })
  })
  serve(router, '/api/runs/:id', ['GET', 'HEAD'], async (req, res) => {
    const { id } = (req as express.Request<{ id: string }>).params
    if (!ID.test(id)) throw new Problem(400, `a run's id is 1 to 80 of [a-z0-9-], got ${quote(id)}`)
    const place = (await placesOf()).get(id)
    const found = place && (await openRunFile(place.root, place.file))
    if (found === undefined) throw new Problem(404, `there is no run ${quote(id)} here`)
    if (typeof found === 'string') throw new Problem(404, `the run ${quote(id)} cannot be read: ${found}`)
    const { handle, size } = found
    // As another system's program wrote it, which is rare: a mark says so, and it is read whole.
    const { buffer: start } = await handle.read(Buffer.alloc(3), 0, 3, 0)
    if (/^(\xff\xfe|\xfe\xff|\xef\xbb\xbf)/.test(start.toString('latin1'))) {
      const text = await handle
        .readFile()
        .then(textOfFile)
        .finally(() => handle.close())
      return sendText(res, 'application/json; charset=utf-8', text)
    }
    res.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Length': size,
    })
    // Whoever is gone by now gets nothing, and a pipeline to nowhere would be an error of ours.
    if (req.method === 'HEAD' || size === 0 || res.destroyed) {
      await handle.close()
      return void res.end()
    }
    // Whoever does not read it has next to nothing of it kept here.
    const source = handle.createReadStream({ start: 0, end: size - 1 })
    // A response that is behind another one of its connection is not told when the connection goes, nor does it ever close then.
    const watch = setInterval(() => {
      if (!req.socket.destroyed) return
      clearInterval(watch)
      source.destroy()
    }, GONE_MS)
    pipeline(source, res, () => clearInterval(watch))
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
  page(anatomyPaths.page, 'anatomy/index.html')
  page(demoPaths.index, 'demo/index.html')
  page(demoPaths.stage, 'demo/stage.html')
  page(demoPaths.teach, 'demo/teach.html')
  page(demoPaths.tabs, 'demo/tabs.html')
  page(phonePaths.join, 'demo/join.html')
  page(`${phonePaths.join}/:code`, 'demo/join.html')
  return router
}

/** Every claim once, with the verdict that says most: one that decides before one that does not, and of these one whose figures have intervals; then of
 * a run of one's own before one that came with the lab, then the newest. `runs` are in the order of the list. */
function latestClaims(runs: readonly { listed: Listed; claims: readonly RawClaim[] }[]): JudgedClaim[] {
  const all = runs.flatMap(({ listed: { id, startedAt, isSample }, claims }) =>
    claims.map(claim => ({ run: id, startedAt, ...(isSample && { isSample }), claim })),
  )
  const decides = ({ claim }: JudgedClaim): number =>
    claim.verdict !== 'inconclusive' ? 2 : hasIntervals(claim) ? 1 : 0
  const best = new Map<string, JudgedClaim>()
  // The first of each stays, so those that decide go first.
  for (const each of all.toSorted((a, b) => decides(b) - decides(a)))
    if (!best.has(each.claim.id)) best.set(each.claim.id, each)
  return all.filter(each => best.get(each.claim.id) === each)
}

/** What can be listed, the newest first and what came with the lab last; and what cannot be read. */
interface All {
  readonly runs: { readonly listed: Listed; readonly claims: readonly RawClaim[] }[]
  readonly unreadable: Entry[]
}

/** One round gives none. */
function hasIntervals({ points }: RawClaim): boolean {
  return Array.isArray(points) && points.some(point => typeof point?.measured?.low === 'number')
}

interface Place {
  /** The folder that links may not lead out of. */
  readonly root: string
  readonly file: string
  readonly isSample: boolean
}

/** Reads what the list needs of a run, and again only where its file has changed: a page asks every few seconds. Gives undefined
 * where there is no file. */
function createReader(): (id: string, place: Place) => Promise<Known | undefined> {
  const known = new Map<string, { stamp: string; kept: Known | undefined }>()
  return async (id, { root, file }) => {
    const found = await openRunFile(root, file)
    if (found === undefined || typeof found === 'string') {
      known.delete(id)
      return found === undefined ? undefined : { entry: { id, reason: found }, claims: [] }
    }
    try {
      const before = known.get(id)
      if (before?.stamp === found.stamp) return before.kept
      const kept = await readKnown(id, found)
      known.set(id, { stamp: found.stamp, kept })
      return kept
    } finally {
      await found.handle.close()
    }
  }
}

let lastTurn: Promise<void> = Promise.resolve()
/** A turn of the event loop that nobody else is given: what takes long goes by itself, and others are served between. */
function turn(): Promise<void> {
  lastTurn = lastTurn.then(() => new Promise(resolve => setImmediate(resolve)))
  return lastTurn
}

async function readKnown(id: string, { handle }: RunFile): Promise<Known | undefined> {
  let document: unknown
  const bytes = await handle.readFile()
  await turn()
  try {
    document = JSON.parse(textOfFile(bytes))
  } catch (error) {
    return { entry: { id, reason: `run.json is not JSON: ${(error as Error).message}` }, claims: [] }
  }
  const entry = entryOf(id, document)
  return entry && { entry, claims: 'reason' in entry ? [] : claimsOf(document as object) }
}

/** Undefined for a run that ended before its first round: it has nothing to show, and a page would open on it. */
function entryOf(id: string, document: unknown): Entry | undefined {
  if (typeof document !== 'object' || document === null) return { id, reason: 'run.json is not an object' }
  const { format, version, name, status, startedAt, experiment, transports, roundsDone, scenarios } =
    document as Record<string, unknown>
  if (format !== 'transport-lab-run')
    return { id, reason: `"format" must be "transport-lab-run", got ${quote(format)}` }
  if (version !== 1 && version !== 2) return { id, reason: `"version" must be 1 or 2, got ${quote(version)}` }
  if (roundsDone === 0) return undefined
  const texts = { status, startedAt, experiment }
  for (const [key, value] of Object.entries(texts))
    if (!isShort(value)) return { id, reason: `"${key}" must be ${SHORT_TEXT}, got ${quote(value)}` }
  if (name !== undefined && !isShort(name)) return { id, reason: `"name" must be ${SHORT_TEXT}, got ${quote(name)}` }
  if (!Array.isArray(transports) || transports.length > MAX_TRANSPORTS || !transports.every(isShort))
    return {
      id,
      reason: `"transports" must be at most ${MAX_TRANSPORTS} texts of at most ${MAX_TEXT} characters, got ${quote(transports)}`,
    }
  const all: readonly unknown[] = Array.isArray(scenarios) ? scenarios : []
  // Where notices are delivered, those are the loads that a page shows.
  const delivering = all.filter(each => (each as { kind?: unknown } | null)?.kind === 'delivery')
  const loads = delivering.length > 0 ? delivering : all
  const load = loadOf(loads[0])
  return {
    id,
    ...(name !== undefined && { name }),
    ...(texts as Record<keyof typeof texts, string>),
    transports,
    roundsDone: isAmount(roundsDone) ? roundsDone : 0,
    loads: loads.length,
    ...(load && { load }),
  }
}

const isAmount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0

/** What names a load, if the scenario has it all. */
function loadOf(scenario: unknown): Listed['load'] {
  if (typeof scenario !== 'object' || scenario === null) return undefined
  const values = loadFields.map(field => (scenario as Record<string, unknown>)[field])
  if (!values.every(isAmount)) return undefined
  return Object.fromEntries(loadFields.map((field, at) => [field, values[at]])) as Listed['load']
}

/** The claims that a run put to the test, as they stand there; none where they are not what they should be, or take too much to be kept. */
function claimsOf({ claims = [] }: { claims?: unknown }): readonly RawClaim[] {
  const isClaim = (claim: unknown): claim is RawClaim => {
    const { id, verdict } = (claim ?? {}) as Record<string, unknown>
    return isShort(id) && isShort(verdict)
  }
  if (!Array.isArray(claims) || !claims.every(isClaim)) return []
  return JSON.stringify(claims).length > MAX_CLAIMS_BYTES ? [] : claims
}

/** What the list repeats of a run is kept, and sent to everyone who asks. */
const isShort = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT

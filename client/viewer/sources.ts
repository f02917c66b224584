// Where runs come from: the server's list, the report's own data, or a file that someone dropped on the page.
import { type Claim, parseClaim, parseRun, type Run } from '../../results/format.ts'
import { textOfFile } from '../../server/text-file.ts'
import { isSite } from '../site.ts'

/** What the list says of a run. `id` is its folder's name, the key of its link. */
export interface Listed {
  readonly id: string
  readonly name?: string
  readonly status: string
  readonly startedAt: string
  readonly experiment: string
  readonly transports: readonly string[]
  readonly roundsDone: number
  readonly loads: number
  /** What names its first load. */
  readonly load?: Readonly<Record<'clients' | 'ratePerSecond' | 'pollIntervalMs' | 'rttMs', number>>
  /** The example that comes with the lab. */
  readonly isSample?: boolean
}

export interface RunList {
  readonly runs: readonly Listed[]
  readonly unreadable: readonly { readonly id: string; readonly reason: string }[]
}

/** A claim, and the run that judged it. */
export interface JudgedClaim {
  readonly run: string
  readonly startedAt: string
  readonly isSample?: boolean
  readonly claim: Claim
}

/** Id of the element that holds a report's run. */
export const EMBEDDED_ID = 'run'

/** The run that a report carries (JSON, gzipped, in base64), undefined on a served page. Throws as parseRun does. */
export async function embeddedRun(): Promise<Run | undefined> {
  const text = document.getElementById(EMBEDDED_ID)?.textContent
  if (!text) return undefined
  const packed = new Blob([Uint8Array.from(atob(text), character => character.charCodeAt(0))])
  return parseRun(await new Response(packed.stream().pipeThrough(new DecompressionStream('gzip'))).json())
}

/** Where the data is: the server's interface, or the files of a site. */
const paths = () =>
  isSite()
    ? { runs: 'runs/list.json', claims: 'runs/claims.json', run: (id: string) => `runs/${encodeURIComponent(id)}.json` }
    : { runs: '/api/runs', claims: '/api/claims', run: (id: string) => `/api/runs/${encodeURIComponent(id)}` }

/** The runs that the server has, newest first. Throws a sentence. */
export async function listRuns(signal: AbortSignal): Promise<RunList> {
  return (await fetchJson(paths().runs, signal)) as RunList
}

/** The claims of all its runs, each once. One that is not as it must be is left out: its run says why. Throws a sentence. */
export async function listClaims(signal: AbortSignal): Promise<readonly JudgedClaim[]> {
  const { claims } = (await fetchJson(paths().claims, signal)) as { claims: readonly JudgedClaim[] }
  return claims.flatMap(each => {
    const claim = parseClaim(each.claim)
    return claim ? [{ ...each, claim }] : []
  })
}

/** One of them. Throws a sentence: it is gone, or not as it must be. */
export async function loadRun(id: string, signal: AbortSignal): Promise<Run> {
  return parseRun(await fetchJson(paths().run(id), signal))
}

async function fetchJson(path: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(path, { signal })
  const document: unknown = await response.json().catch(() => undefined)
  if (response.ok) return document
  const { detail } = (document ?? {}) as { detail?: unknown }
  throw new Error(typeof detail === 'string' ? detail : `${path} was answered with ${response.status}`)
}

/** More than any run of this lab holds; a browser would stall on it. */
const MAX_FILE_BYTES = 64e6

/** A run from a file. Throws a sentence that names the file and what is wrong with it. */
export async function readRun(file: File): Promise<Run> {
  if (file.size > MAX_FILE_BYTES)
    throw new Error(`${file.name} has ${file.size} bytes; a run has at most ${MAX_FILE_BYTES}`)
  let document: unknown
  try {
    document = JSON.parse(textOfFile(new Uint8Array(await file.arrayBuffer())))
  } catch (error) {
    throw new Error(`${file.name} is not JSON: ${(error as Error).message}`)
  }
  try {
    return parseRun(document)
  } catch (error) {
    throw new Error(`${file.name} cannot be shown. ${(error as Error).message}`)
  }
}

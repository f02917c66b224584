// report.html: the viewer and one run in a single file that opens by double-click, offline, and fetches nothing.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { EMBEDDED_ID } from '../../client/viewer/sources.ts'
import type { Run } from '../../results/format.ts'
import { writeWhole } from './whole-file.ts'

/** Where the build put the viewer as one script, seen from dist/bench/. */
const builtReport = fileURLToPath(new URL('../../report', import.meta.url))

/** Writes the report of `run` to `path`, whole or not at all. Throws a sentence where the viewer was not built. */
export async function writeReport(run: Run, path: string, webDir = builtReport): Promise<void> {
  await writeWhole(path, await reportHtml(run, webDir))
}

/** The report as text. `webDir` is dist/report. */
export async function reportHtml(run: Run, webDir = builtReport): Promise<string> {
  const page = await built(webDir, 'viewer/index.html')
  const [script, style] = await Promise.all(
    [/<script[^>]* src="\/([^"]+)"/, /<link rel="stylesheet"[^>]* href="\/([^"]+)"/].map(asset =>
      built(webDir, asset.exec(page)?.[1] ?? ''),
    ),
  )
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(unpacking)}' '${hashOf(script!)}'`,
    `style-src '${hashOf(style!)}'`,
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(run.name ?? run.id)} – transport lab</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"><h1>Transport lab</h1><p>${escaped(run.verdict)}</p><noscript><p>The charts need JavaScript.</p></noscript></div>
<script type="application/gzip" id="${EMBEDDED_ID}">${packed(lightText(run))}</script>
<script type="application/gzip" id="${CODE_ID}">${packed(script!)}</script>
<script type="module">${unpacking}</script>
</body>
</html>
`
}

const CODE_ID = 'code'

/** The viewer takes a third of its room when it is packed; what it is once unpacked is what the policy allows. */
const unpacking = `const packed = document.getElementById('${CODE_ID}').textContent
const bytes = Uint8Array.from(atob(packed), character => character.charCodeAt(0))
const script = document.createElement('script')
script.type = 'module'
script.textContent = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text()
document.body.append(script)`

const packed = (text: string): string => gzipSync(text, { level: 9 }).toString('base64')

async function built(webDir: string, name: string): Promise<string> {
  const path = join(webDir, name)
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new Error(`report.html needs the built viewer, and ${path} is not there: npm run build`)
  }
}

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Samples of the timelines that a report holds in all; a default run stays below. */
const MAX_SAMPLES = 2000
/** Quantile points of each kind, over all loads and transports. They lie dense in the tail, where thinning leaves most. */
const MAX_POINTS = 3600

/** Stretches of arrivals in all. */
const MAX_ARRIVALS = 3000

/** JSON without what only a program needs: histograms, digits beyond the fourth that no page shows, and in long runs some of the samples. */
function lightText(run: Run): string {
  const samples = Math.max(9, Math.floor(MAX_SAMPLES / run.cells.length))
  const points = Math.max(40, Math.floor(MAX_POINTS / run.summary.length))
  const arrivals = run.cells.reduce((sum, cell) => sum + (cell.arrivals?.length ?? 0), 0)
  const light = {
    ...run,
    cells: run.cells.map(cell => ({
      ...cell,
      timeline: thinned(cell.timeline, samples),
      ...(cell.arrivals && { arrivals: joined(cell.arrivals, Math.ceil(arrivals / MAX_ARRIVALS)) }),
    })),
    ...(run.attempts && { attempts: run.attempts.map(({ arrivals, ...cell }) => ({ ...cell, timeline: [] })) }),
    summary: run.summary.map(row => ({
      ...row,
      ...(row.latency && { latency: thinned(row.latency, points) }),
      ...(row.delivery && { delivery: thinned(row.delivery, points) }),
    })),
  }
  return JSON.stringify(light, (key, value: unknown) => {
    if (key === 'hdr') return undefined
    return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value
  })
}

/** Each `count` neighbouring stretches as one: what came, and the latest of it. */
const joined = (arrivals: NonNullable<Run['cells'][number]['arrivals']>, count: number): typeof arrivals =>
  count === 1
    ? arrivals
    : Array.from({ length: Math.ceil(arrivals.length / count) }, (_, at) => {
        const part = arrivals.slice(at * count, (at + 1) * count)
        const late = part.flatMap(([, , lateMs]) => lateMs ?? [])
        return [
          part[0]![0],
          part.reduce((sum, [, notices]) => sum + notices, 0),
          late.length > 0 ? Math.max(...late) : null,
        ]
      })

/** At most `count` of `items`, evenly, the first and the last among them. */
const thinned = <T>(items: T[], count: number): T[] =>
  items.length <= count
    ? items
    : Array.from({ length: count }, (_, at) => items[Math.round((at * (items.length - 1)) / (count - 1))]!)

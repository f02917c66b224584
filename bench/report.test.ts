import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { fixtureRun } from '../client/viewer/fixture.ts'
import { experimentsRun } from '../client/viewer/fixture-experiments.ts'
import { parseRun, type Run } from '../results/format.ts'
import { reportHtml } from './report.ts'

const webDir = fileURLToPath(new URL('../dist/web', import.meta.url))

const packedOf = (html: string): string => /<script type="application\/gzip" id="run">(.*?)<\/script>/s.exec(html)![1]!
const textOf = (html: string): string => gunzipSync(Buffer.from(packedOf(html), 'base64')).toString()
const runIn = (html: string): Run => parseRun(JSON.parse(textOf(html)))

describe('report.html', () => {
  it('holds the run, readable, without what only a program needs', async () => {
    const run = fixtureRun()
    const html = await reportHtml(run, webDir)
    const read = runIn(html)
    expect(read.summary.map(({ transport }) => transport)).toEqual(run.summary.map(({ transport }) => transport))
    expect(read.cells).toHaveLength(run.cells.length)
    expect(read.cells[0]!.delivery!.p50Us).toBeCloseTo(run.cells[0]!.delivery!.p50Us!, 0)
    expect(read.cells[0]!.timeline).toEqual(run.cells[0]!.timeline)
    expect(textOf(html)).not.toContain('"hdr"')
  })

  it('lets no text of a run end its element or begin another', async () => {
    const nasty = '</script><script>alert(1)</script><!--'
    const run: Run = { ...fixtureRun({ name: nasty, transports: [nasty] }), verdict: nasty }
    const html = await reportHtml(run, webDir)
    expect(packedOf(html)).toMatch(/^[+/=0-9A-Za-z]+$/)
    expect(runIn(html).name).toBe(nasty)
    expect(html.match(/<script/g)).toHaveLength(2)
    expect(html.split('<script')[0]).not.toContain(nasty)
  })

  it('allows only its own script and style, and no request', async () => {
    const html = await reportHtml(fixtureRun(), webDir)
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)![1]!
    const hashOf = (text: string) => createHash('sha256').update(text).digest('base64')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`script-src 'sha256-${hashOf(/<script type="module">(.*?)<\/script>/s.exec(html)![1]!)}'`)
    expect(policy).toContain(`style-src 'sha256-${hashOf(/<style>(.*?)<\/style>/s.exec(html)![1]!)}'`)
    expect(policy).not.toMatch(/unsafe|http/)
    expect(html).not.toMatch(/(src|href)="(?!data:)/)
  })

  it('stays below 500 kB for 5 transports and 20 rounds', async () => {
    const transports = ['short-polling', 'long-polling', 'sse', 'websocket', 'socket-io']
    const html = await reportHtml(fixtureRun({ transports, rounds: 20 }), webDir)
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(500_000)
    const { cells } = runIn(html)
    expect(cells[0]!.timeline.length).toBeGreaterThanOrEqual(9)
    expect(cells[0]!.timeline.at(-1)).toEqual([10_000, 100, expect.any(Number)])
  })

  it('stays below 500 kB with every experiment in it', async () => {
    const html = await reportHtml(experimentsRun(), webDir)
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(500_000)
    expect(runIn(html).claims!.length).toBeGreaterThan(3)
  })

  it('says how to get the viewer where it was not built', async () => {
    await expect(reportHtml(fixtureRun(), join(webDir, 'nowhere'))).rejects.toThrow('needs the built viewer')
  })
})

describe('the viewer', () => {
  it('stays below 95 kB, gzipped, with all that it loads', async () => {
    const page = await readFile(join(webDir, 'viewer', 'index.html'), 'utf8')
    const assets = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path!)
    expect(assets.length).toBeGreaterThanOrEqual(2)
    const files = [page, ...(await Promise.all(assets.map(path => readFile(join(webDir, path)))))]
    const bytes = files.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0)
    expect(bytes).toBeLessThanOrEqual(95_000)
    // Nothing of it is fetched later.
    const scripts = (await readdir(join(webDir, 'assets'))).filter(name => page.includes(name) && name.endsWith('.js'))
    for (const name of scripts)
      expect(await readFile(join(webDir, 'assets', name), 'utf8')).not.toMatch(/import\(["'`]/)
  })
})

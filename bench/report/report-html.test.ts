import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { experimentsRun } from '../../client/viewer/experiments.fixture.ts'
import { fleetRun } from '../../client/viewer/fleet.fixture.ts'
import { fixtureRun } from '../../client/viewer/run.fixture.ts'
import type { Cell } from '../../results/cell.ts'
import { parseRun, type Run } from '../../results/format.ts'
import { reportHtml } from './report-html.ts'

const distDir = (name: string) => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url))
const webDir = distDir('report')

/** What came in the cell of `run` that this one is the light form of. */
const arrivedIn = (run: Run, { scenario, transport, round }: Cell): number =>
  run.cells
    .find(cell => cell.scenario === scenario && cell.transport === transport && cell.round === round)!
    .arrivals!.reduce((sum, [, notices]) => sum + notices, 0)

const packedOf = (html: string, id = 'run'): string =>
  new RegExp(`<script type="application/gzip" id="${id}">(.*?)</script>`, 's').exec(html)![1]!
const textOf = (html: string, id?: string): string => gunzipSync(Buffer.from(packedOf(html, id), 'base64')).toString()
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
    expect(html.match(/<script/g)).toHaveLength(3)
    expect(html.split('<script')[0]).not.toContain(nasty)
  })

  it('allows only its own script and style, and no request', async () => {
    const html = await reportHtml(fixtureRun(), webDir)
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)![1]!
    const hashOf = (text: string) => createHash('sha256').update(text).digest('base64')
    expect(policy).toContain("default-src 'none'")
    const unpacking = /<script type="module">(.*?)<\/script>/s.exec(html)![1]!
    expect(policy).toContain(`script-src 'sha256-${hashOf(unpacking)}' 'sha256-${hashOf(textOf(html, 'code'))}'`)
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
    const run = runIn(html)
    expect(run.claims!.length).toBeGreaterThan(3)
    const [cell] = run.cells.filter(({ arrivals }) => arrivals)
    expect(cell!.recovery!.ms.length).toBe(cell!.recovery!.affected)
    expect(cell!.arrivals!.reduce((sum, [, notices]) => sum + notices, 0)).toBe(arrivedIn(experimentsRun(), cell!))
  })

  it('joins stretches of arrivals rather than dropping some, so that neither a gap nor the latest is lost', async () => {
    const run = fleetRun()
    const many = { ...run, cells: Array.from({ length: 5 }, () => run.cells).flat() }
    const html = await reportHtml(many, webDir)
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(500_000)
    const whole = run.cells.find(({ arrivals, scenario }) => arrivals && scenario === 'fault-pause')!
    const light = runIn(html).cells.find(
      cell => cell.scenario === whole.scenario && cell.transport === whole.transport,
    )!
    expect(light.arrivals!.length).toBeLessThan(whole.arrivals!.length)
    expect(arrivedIn(run, light)).toBe(light.arrivals!.reduce((sum, [, notices]) => sum + notices, 0))
    const latest = (of: Cell) => Math.max(...of.arrivals!.map(([, , lateMs]) => lateMs ?? 0))
    expect(latest(light)).toBeCloseTo(latest(whole), 0)
    expect(light.arrivals!.filter(([, , lateMs]) => lateMs === null).length).toBeGreaterThan(3)
  })

  it('says how to get the viewer where it was not built', async () => {
    await expect(reportHtml(fixtureRun(), join(webDir, 'nowhere'))).rejects.toThrow('needs the built viewer')
  })
})

describe('the viewer', () => {
  const assets = join(distDir('web'), 'assets')
  const zippedBytes = (content: string | Buffer) => gzipSync(content, { level: 9 }).length

  it('stays below 130 kB, gzipped, with all that it loads at first, and fetches one more script of at most 14.2 kB', async () => {
    const page = await readFile(join(distDir('web'), 'viewer', 'index.html'), 'utf8')
    const first = [...page.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)].map(([, name]) => name!)
    expect(first.length).toBeGreaterThanOrEqual(2)
    const files = [page, ...(await Promise.all(first.map(name => readFile(join(assets, name)))))]
    expect(files.reduce((sum, content) => sum + zippedBytes(content), 0)).toBeLessThanOrEqual(130_000)
    // The demo's pages have theirs in the same folder.
    const later = (await readdir(assets)).filter(name => name.startsWith('occasional-'))
    expect(later).toEqual([expect.stringMatching(/\.js$/)])
    expect(zippedBytes(await readFile(join(assets, later[0]!)))).toBeLessThanOrEqual(14_200)
  })

  it('of a report is one script that fetches nothing', async () => {
    expect((await readdir(join(webDir, 'assets'))).filter(name => name.endsWith('.js'))).toHaveLength(1)
    expect(textOf(await reportHtml(fixtureRun(), webDir), 'code')).not.toMatch(/import\(["'`.]/)
  })
})

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { charts } from '../../client/charts/index.ts'
import { chartsAcrossLoads, chartsOfBrowsers } from '../../client/charts/occasional.ts'
import { browserRun } from '../../client/viewer/browser.fixture.ts'
import { experimentsRun } from '../../client/viewer/experiments.fixture.ts'
import { fixtureRun } from '../../client/viewer/run.fixture.ts'
import { writePngs } from './png.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'png-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** The colours of a picture, the most frequent first. */
async function coloursOf(path: string): Promise<string[]> {
  const image = await loadImage(await readFile(path))
  expect([image.width, image.height]).toEqual([1920, 1080])
  const canvas = createCanvas(image.width, image.height)
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, image.width, image.height)
  const counts = new Map<string, number>()
  // Every seventh pixel is enough, and quick.
  for (let at = 0; at < data.length; at += 28) {
    const colour = `#${[0, 1, 2].map(part => data[at + part]!.toString(16).padStart(2, '0')).join('')}`
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour)
}

describe('charts as PNGs', () => {
  it('are written for every chart that has something to draw, in the colours of the transports', async () => {
    const { files, skipped } = await writePngs(fixtureRun({ isLarge: true }), folder)
    expect(skipped).toBeUndefined()
    expect(files.map(file => basename(file, '.png')).sort()).toEqual(Object.keys(charts).sort())
    expect((await readdir(folder)).sort()).toEqual(files.map(file => basename(file)).sort())
    const colours = await coloursOf(join(folder, 'bytes.png'))
    expect(colours[0]).toBe('#ffffff')
    expect(colours).toContain('#d55e00')
    expect(colours).toContain('#0072b2')
  })

  it('are written for every chart across loads and every claim that has points, and of many loads for the first alone', async () => {
    const { files } = await writePngs(experimentsRun(), folder)
    const written = files.map(file => basename(file, '.png'))
    for (const name of [...Object.keys(chartsAcrossLoads), 'claim-half-interval-poll', 'claim-headers-500', 'latency'])
      expect(written).toContain(name)
    expect(written).not.toContain('claim-graceful')
    expect(written.filter(name => name.startsWith('latency'))).toEqual(['latency'])
    // Of each load with a fault too.
    for (const name of ['fault-timeline', 'recovery', 'servers']) expect(written).toContain(`${name}-fault-kill`)
    expect(written).toContain('fault-timeline-fault-pause')
    expect(written).not.toContain('servers-fleet-redis-3')
    expect(await coloursOf(join(folder, 'fault-timeline-fault-kill.png'))).toContain('#d55e00')
    expect(await coloursOf(join(folder, 'claim-half-interval-poll.png'))).toContain('#1f2937')
    expect(await coloursOf(join(folder, 'rtt.png'))).toContain('#d55e00')
  })

  it('are those of browsers and claims where that is all there is', async () => {
    const { files } = await writePngs(browserRun(), folder)
    expect(files.map(file => basename(file, '.png'))).toEqual([...Object.keys(chartsOfBrowsers), 'claim-six-tabs'])
  })

  it('leave out what was not measured, and follow the theme', async () => {
    const { files } = await writePngs(fixtureRun(), folder, { theme: 'dark' })
    expect(files.map(file => basename(file))).not.toContain('memory.png')
    expect((await coloursOf(join(folder, 'latency.png')))[0]).toBe('#111827')
  })

  it('have a name of their own for each load', async () => {
    const run = fixtureRun({ transports: ['sse'] })
    const [load] = run.scenarios
    const again = { ...load!, id: '../far away' }
    const { files } = await writePngs(
      { ...run, scenarios: [load!, again], summary: [...run.summary, { ...run.summary[0]!, scenario: again.id }] },
      folder,
    )
    expect(files.map(file => basename(file))).toContain('latency-..-far-away.png')
    expect(files.every(file => join(folder, basename(file)) === file)).toBe(true)
  })

  it('are skipped with a sentence where the optional package or the data is missing', async () => {
    const load = () => Promise.reject(new Error('Cannot find package'))
    expect(await writePngs(fixtureRun(), folder, { load })).toEqual({
      files: [],
      skipped: 'no PNG charts: they need the optional package @napi-rs/canvas (npm install @napi-rs/canvas)',
    })
    const canvas = await import('@napi-rs/canvas')
    const bareSystem = async () => ({
      ...canvas,
      // As where no font is installed.
      createCanvas: () => ({ getContext: () => ({ measureText: () => ({ width: 0 }) }) }),
    })
    const letterless = await writePngs(fixtureRun(), folder, { load: bareSystem as never })
    expect(letterless).toEqual({ files: [], skipped: expect.stringContaining('this system has no font') })
    const { skipped } = await writePngs({ ...fixtureRun(), summary: [] }, folder)
    expect(skipped).toContain('nothing was measured')
    const bare = await writePngs({ ...browserRun(), scenarios: [], claims: [] }, folder)
    expect(bare).toEqual({ files: [], skipped: 'no charts: nothing was measured' })
  })
})

// Charts as PNGs for slides: the page's chart configurations, drawn by @napi-rs/canvas where it is installed.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AcrossLoads, ChartView, Figure, Theme } from '../../client/charts/chart.ts'
import { claimFigure } from '../../client/charts/drawing/claim.ts'
import { charts } from '../../client/charts/index.ts'
import { chartsAcrossLoads, chartsOfBrowsers, chartsOfFleets, chartsOfSoaks } from '../../client/charts/occasional.ts'
import { conditionsOf } from '../../results/conditions.ts'
import type { Run } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { notesBelow } from '../../results/tables.ts'
import { writeWhole } from './whole-file.ts'

/** What was written, or why nothing could be. */
export interface Written {
  readonly files: readonly string[]
  /** A sentence for the one who waits for pictures; undefined where there are some. */
  readonly skipped?: string
}

/** Writes `folder`/NAME.png (1920 × 1080) for every chart that has something to draw under the run's first load (later loads:
 * NAME-SCENARIO.png, unless there are more than four), for every load with a fault, for every chart across loads, and claim-ID.png for every
 * claim; of a run without a load of notices only charts of browsers and claims. Without @napi-rs/canvas, or without a font, it writes nothing and says how to
 * get it. `load` imports it. */
export async function writePngs(
  run: Run,
  folder: string,
  {
    theme = 'light',
    load = () => import('@napi-rs/canvas'),
  }: { theme?: Theme; load?: () => Promise<typeof import('@napi-rs/canvas')> } = {},
): Promise<Written> {
  const scenarios = run.scenarios.filter(({ kind }) => kind === 'delivery')
  if (run.summary.length === 0) return { files: [], skipped: 'no charts: nothing was measured' }
  let canvas: typeof import('@napi-rs/canvas')
  try {
    canvas = await load()
  } catch {
    return {
      files: [],
      skipped: 'no PNG charts: they need the optional package @napi-rs/canvas (npm install @napi-rs/canvas)',
    }
  }
  // Where no font is installed every letter is drawn as nothing, without a word.
  if (canvas.createCanvas(1, 1).getContext('2d').measureText('a').width === 0)
    return {
      files: [],
      skipped:
        'no PNG charts: this system has no font, and they would have no letter (Debian: apt-get install fonts-dejavu-core)',
    }
  const { drawSlide } = await import('../../client/charts/drawing/canvas.ts')
  await mkdir(folder, { recursive: true })
  const files: string[] = []
  for (const [name, figure, conditions] of figuresOf(run, scenarios, theme)) {
    const { config } = figure
    if (!config) continue
    const slide = drawSlide(
      (width, height) => canvas.createCanvas(width, height),
      { ...figure, config },
      { theme, notes: notesBelow(run, figure.conditions ?? conditions) },
    )
    const file = join(folder, `${name}.png`)
    await writeWhole(file, await slide.encode('png'))
    files.push(file)
  }
  return files.length > 0 ? { files } : { files, skipped: 'no charts: nothing was measured' }
}

type Named = readonly [name: string, figure: Figure, conditions: string]

/** Of a run with more loads only the first gets charts of its own: the rest speak through the charts across loads and the claims, and hundreds of
 * pictures are looked at by nobody. */
const MOST_LOADS = 4

/** One at a time: together they would take much memory. */
function* figuresOf(run: Run, scenarios: readonly Scenario[], theme: Theme): Generator<Named> {
  const own = scenarios.length > MOST_LOADS ? scenarios.slice(0, 1) : scenarios
  const viewOf = (scenario: Scenario): ChartView => ({ run, scenario, shown: run.transports, theme })
  const nameOf = (name: string, scenario: Scenario) => (scenario === own[0] ? name : `${name}-${fileName(scenario.id)}`)
  for (const scenario of own)
    for (const [name, chart] of Object.entries(charts))
      yield [nameOf(name, scenario), chart.draw(viewOf(scenario)), conditionsOf(run, scenario)]
  // Faults are few, and each tells a story of its own.
  for (const scenario of scenarios)
    if (scenario.fault || own.includes(scenario))
      for (const [name, chart] of Object.entries(chartsOfFleets))
        if (chart.isUnder(run, scenario))
          yield [nameOf(name, scenario), chart.draw(viewOf(scenario)), conditionsOf(run, scenario)]
  const [any] = [...own, ...run.scenarios]
  const apart = { ...chartsAcrossLoads, ...chartsOfSoaks, ...chartsOfBrowsers }
  for (const [name, chart] of Object.entries<AcrossLoads>(apart))
    if (any && chart.isIn(run)) yield [name, chart.draw(viewOf(any)), '']
  for (const claim of run.claims ?? []) yield [`claim-${fileName(claim.id)}`, claimFigure(claim, theme), '']
}

/** A scenario's id is free text. */
const fileName = (id: string): string => id.replace(/[^a-zA-Z0-9._-]/g, '-').slice(0, 60)

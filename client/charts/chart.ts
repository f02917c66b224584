// The contract of a chart: from a run to a figure, a pure function, so that the page, report.html and the PNGs draw the same.
import type { ChartConfiguration } from 'chart.js'
import type { Run } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'

export type Theme = 'light' | 'dark'

/** What a chart is asked to draw. */
export interface ChartView {
  readonly run: Run
  readonly scenario: Scenario
  /** Ids of the transports to show, in the run's order. */
  readonly shown: readonly string[]
  readonly theme: Theme
}

/** The numbers of a figure, exact: a page rounds them, CSV does not. null where there is nothing, a text where it says why. */
export interface FigureTable {
  readonly columns: readonly { readonly header: string; readonly align: 'left' | 'right' }[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}

export interface Figure {
  readonly title: string
  /** How to read it. */
  readonly caption: string
  /** One sentence on what it shows, generated from the numbers; the canvas' accessible name. */
  readonly finding: string
  /** What a picture says before that: where a page has it above the figure already. */
  readonly lead?: string | undefined
  readonly table: FigureTable
  /** For Chart.js; null where there is nothing to draw, and the finding says why. */
  readonly config: ChartConfiguration | null
  readonly heightPx: number
  /** What a picture of it says below; absent: the conditions of the view's scenario. */
  readonly conditions?: string
}

export interface Chart {
  draw(view: ChartView): Figure
}

/** A chart across several loads; the view's scenario only says which of a run's families is meant. */
export interface AcrossLoads extends Chart {
  /** Whether the run holds loads that it could be drawn from. */
  isIn(run: Run): boolean
}

/** A chart of a load with several servers or with a fault. */
export interface OfFleet extends Chart {
  /** Whether a load of the run is one that it speaks of. */
  isUnder(run: Run, scenario: Scenario): boolean
}

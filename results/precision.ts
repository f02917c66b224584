// Rounds until precise: how wide a run's ratios still are, and which of them need further rounds.
import { isMissing } from './estimate.ts'
import { formatShare, listed } from './figures.ts'
import type { Run } from './format.ts'
import { fastestOf, ratioBetween } from './summary.ts'

/** Fewer rounds say too little of their own spread to stop by. */
export const LEAST_ROUNDS = 4

type Judged = Pick<Run, 'cells' | 'attempts' | 'scenarios' | 'transports' | 'summary' | 'precision'>

/** A transport under a load, and how far the interval of its ratio of medians reaches beyond it, as a share; undefined where there is no ratio. */
export interface Width {
  readonly scenario: string
  readonly transport: string
  readonly baseline: string
  readonly share: number | undefined
}

/** Of each load of notices all transports but the baseline, which is the fastest so far, as in the table. */
export function widthsOf(run: Judged): Width[] {
  return run.scenarios
    .filter(({ kind }) => kind === 'delivery')
    .flatMap(({ id, transports = run.transports }) => {
      const baseline = fastestOf(run, id)
      if (baseline === undefined) return []
      return transports
        .filter(name => name !== baseline)
        .map(transport => {
          const ratio = ratioBetween(run, id, transport, baseline, 'medianMs')
          const share = isMissing(ratio) || ratio.high === null ? undefined : ratio.high / ratio.value - 1
          return { scenario: id, transport, baseline, share }
        })
    })
}

/** What is not known as precisely as was asked for. A transport without any usable round is not waited for. */
export const impreciseOf = (run: Judged): Width[] =>
  widthsOf(run).filter(({ share }) => share !== undefined && share > (run.precision?.share ?? Number.POSITIVE_INFINITY))

/** Whether a run became as precise as was asked for, and what not; undefined where nothing was asked for. */
export function precisionText(run: Judged, label = (id: string): string => id): string | undefined {
  const { precision } = run
  if (precision?.share === undefined) return undefined
  const asked = `±${formatShare(precision.share)}`
  const known = widthsOf(run).filter(({ share }) => share !== undefined)
  if (known.length === 0) return `No ratio of medians is known, and so not to ${asked} either.`
  const wide = impreciseOf(run)
  if (wide.length === 0) return `Every ratio of medians is known to ${asked} or better.`
  const names = wide.map(({ transport, share }) => `${label(transport)} ±${formatShare(share!)}`)
  return `Not as precise as ${asked} when rounds or time were over: ${listed(names)}.`
}

// Rounds until claims are decided: after how many each was, and for the others how wide they are and what they would have needed.
import type { Estimate } from './estimate.ts'
import { counted, formatShare, listed } from './figures.ts'
import type { Claim, Run } from './format.ts'
import { DECIDING_LEVEL, studentT } from './statistics.ts'

export interface Need {
  readonly label: string
  /** How far the interval reaches to either side, as a share of what is predicted. */
  readonly share: number
  /** Rounds that would bring it to one side of the edge of the band, were the spread and the mean to stay; Infinity where the mean lies on the edge. */
  readonly rounds: number
}

/** From so many on a number of rounds says only that it is out of reach. */
const OUT_OF_REACH = 1000

/** The point of a claim that needs most further rounds; undefined where none says so: no interval, no prediction, or no share as tolerance. */
export function needOf({ points, tolerance }: Pick<Claim, 'points' | 'tolerance'>): Need | undefined {
  const percent = Number(/(\d+(?:\.\d+)?) %/.exec(tolerance)?.[1] ?? Number.NaN)
  const needs = points.flatMap(({ label, predicted, claimed, measured }) => {
    const target = claimed ?? predicted
    const half = halfOf(measured)
    if (target === null || target === 0 || half === undefined || Number.isNaN(percent)) return []
    const roomLeft = Math.abs((percent / 100) * Math.abs(target) - Math.abs(measured!.value - target))
    if (half <= roomLeft) return []
    return [{ label, share: half / Math.abs(target), rounds: roundsFor(measured!.n, half / roomLeft) }]
  })
  return needs.reduce<Need | undefined>((most, need) => (most && most.rounds >= need.rounds ? most : need), undefined)
}

function halfOf(measured: Estimate | null | undefined): number | undefined {
  if (!measured || measured.low === null || measured.high === null) return undefined
  return (measured.high - measured.low) / 2
}

/** How many rounds have an interval `times` as narrow as `n` have. */
function roundsFor(n: number, times: number): number {
  const standardErrors = (rounds: number): number => studentT(rounds - 1, DECIDING_LEVEL) / Math.sqrt(rounds)
  if (!Number.isFinite(times) || n < 2) return Number.POSITIVE_INFINITY
  let more = n
  while (more < OUT_OF_REACH && standardErrors(more) > standardErrors(n) / times) more++
  return more < OUT_OF_REACH ? more : Number.POSITIVE_INFINITY
}

/** Why a further round is measured: `rtt (long-polling mean, RTT 200 ms known to ±18 %)`. */
export const openText = (claims: readonly Claim[]): string => listed(claims.map(openOf))

function openOf(claim: Claim): string {
  const need = needOf(claim)
  return need ? `${claim.id} (${need.label} known to ±${formatShare(need.share)})` : claim.id
}

/** After how many rounds each claim was decided, and what the others would have needed; undefined where that was not asked for. */
export function decisionText({ precision, claims = [] }: Pick<Run, 'precision' | 'claims'>): string | undefined {
  if (!precision?.claims) return undefined
  const { claims: known } = precision
  if (known.length === 0) return 'No claim of this run can be decided by further rounds.'
  const decided = known.filter(({ isDecided }) => isDecided)
  const open = known.filter(({ isDecided }) => !isDecided)
  const parts: string[] = []
  if (decided.length > 0)
    parts.push(`Decided: ${listed(decided.map(({ id, rounds }) => `${id} after ${counted(rounds, 'round')}`))}.`)
  if (open.length > 0)
    parts.push(
      `Not decided when rounds or time were over: ${listed(
        open.map(({ id, rounds }) => {
          const claim = claims.find(one => one.id === id)
          const need = claim && needOf(claim)
          const after = `${id} after ${counted(rounds, 'round')}`
          // Where a load has no usable cell, no number of rounds is known to help.
          if (!need) return claim?.points.length === 0 ? `${after} (${claim.why.replace(/\.$/, '')})` : after
          const wouldTake = Number.isFinite(need.rounds)
            ? `about ${need.rounds} rounds would have told`
            : 'it lies on the edge of what is tolerated, and no number of rounds would tell soon'
          return `${after} (${need.label} was known to ±${formatShare(need.share)}; ${wouldTake})`
        }),
      )}.`,
    )
  return parts.join(' ')
}

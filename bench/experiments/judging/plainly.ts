// What the plain lines of claims are made of: a point's figure, rounded to what a reader keeps in mind.
import type { Claim } from '../../../results/format.ts'

type Points = Claim['points']

/** The first point whose label begins with `start`. Throws where there is none. */
export function pointOf(points: Points, start: string): Points[number] {
  const point = points.find(({ label }) => label.startsWith(start))
  if (!point) throw new Error(`no point begins with ${JSON.stringify(start)}`)
  return point
}

/** What was measured at the first point whose label begins with `start`. Throws where nothing was. */
export function figureOf(points: Points, start: string): number {
  const { label, measured } = pointOf(points, start)
  if (!measured) throw new Error(`nothing was measured of ${JSON.stringify(label)}`)
  return measured.value
}

/** Two digits, or whole: `1.8`, `11`, `1,851`. */
export function rounded(value: number): string {
  const digits = Math.abs(value) < 9.95 ? 1 : 0
  // What rounds to nothing has no sign.
  return (Number(value.toFixed(digits)) || 0).toLocaleString('en')
}

/** Two digits, however small: `0.93`, `1.1`, `11`. For ratios about one, where the second digit behind the point is the finding. */
export const twoDigits = (value: number): string => Number(value.toPrecision(2)).toLocaleString('en')

/** `a`, `a and b`, `a, b and c`. */
export const listed = (all: readonly string[]): string => all.join(', ').replace(/, ([^,]*)$/, ' and $1')

/** `14 %`. */
export const percent = (share: number): string => `${rounded(100 * share)} %`

/** `1.8 times`, `11 times`: of the first point whose label begins with `start`. */
export const timesOf = (points: Points, start: string): string => `${rounded(figureOf(points, start))} times`

// Axes: 1-2-5 ticks on logarithmic ones, and ticks written the way people say them.
import type { Scale } from 'chart.js'
import type { Theme } from '../chart.ts'
import { axisStyle, palettes } from './style.ts'

const steps = [1, 2, 5] as const

/** The numbers 1, 2 and 5 times powers of ten from `low` to `high` (both positive), the ends included. */
export function ticks125(low: number, high: number): number[] {
  const found: number[] = []
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)); power++)
    for (const step of steps) {
      const tick = Number(`${step}e${power}`)
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) found.push(tick)
    }
  return found
}

/** The 1-2-5 numbers just around all of `values` (positive): the ends of a logarithmic axis. */
export function logEnds(values: readonly number[]): { min: number; max: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, 0]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const min = ticks125(low / 10, low).at(-1) ?? low
  const max = ticks125(high, high * 10)[0] ?? high
  return min < max ? { min, max } : { min: min / 2, max: max * 2 }
}

/** A tick of a time axis: `500 µs`, `2 ms`, `1 s`. */
export function tickMs(ms: number): string {
  if (ms < 1) return `${Number((ms * 1000).toPrecision(3))} µs`
  return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`
}

interface LogAxis {
  readonly theme: Theme
  readonly title?: string
  readonly ends: { min: number; max: number }
  readonly text: (value: number) => string
  readonly axis: 'x' | 'y'
  /** Among so many strips, one above the other. */
  readonly strips?: number
}

/** A logarithmic axis. Where 1-2-5 would not fit, the 2 and 5 lose their text; in a strip also their lines, and some powers of ten. */
export const logAxis = ({ theme, title, ends, text, axis, strips = 1 }: LogAxis) => {
  const style = axisStyle(theme, title)
  const all = ticks125(ends.min, ends.max)
  const isFitting = ({ chart }: Scale, tick: number): boolean => {
    const heightPx = chart.height / strips
    if (all.length <= (axis === 'x' ? chart.width / 62 : heightPx / 30)) return true
    // Of many powers of ten in a low strip every second or third.
    const every = axis === 'x' ? 1 : Math.ceil((Math.log10(ends.max / ends.min) * 16) / heightPx)
    return isPowerOfTen(tick) && Math.round(Math.log10(tick)) % every === 0
  }
  return {
    ...style,
    type: 'logarithmic' as const,
    ...ends,
    afterBuildTicks(scale: Scale) {
      scale.ticks = all.filter(tick => strips === 1 || isFitting(scale, tick)).map(value => ({ value }))
    },
    ticks: {
      ...style.ticks,
      autoSkip: false,
      maxRotation: 0,
      callback(this: Scale, value: number | string) {
        const tick = Number(value)
        // The top of a strip is the bottom of the one above, which has a number there.
        const fromTopPx = (Math.log(ends.max / tick) / Math.log(ends.max / ends.min)) * (this.chart.height / strips)
        return isFitting(this, tick) && (strips === 1 || fromTopPx > 10) ? shortText(text(tick)) : ''
      },
    },
  }
}

const isPowerOfTen = (value: number): boolean => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9

interface LinearAxis extends Omit<LogAxis, 'ends' | 'axis'> {
  /** Least ends: what lies beyond widens the axis to the next round number. */
  readonly ends: { min: number; max?: number }
}

/** A linear axis from zero or below. Ticks are round numbers: `20.0 kB` says no more than `20 kB`. */
export const linearAxis = ({ theme, title, ends, text, strips = 1 }: LinearAxis) => {
  const style = axisStyle(theme, title)
  return {
    ...style,
    type: 'linear' as const,
    min: ends.min,
    suggestedMax: ends.max,
    ticks: {
      ...style.ticks,
      maxTicksLimit: strips === 1 ? 6 : 4,
      // A strip that is low on a slide would keep nothing but its zero.
      autoSkip: strips === 1,
      maxRotation: 0,
      callback(this: Scale, value: number | string) {
        return strips > 1 && value === this.max ? '' : shortText(text(Number(value)))
      },
    },
  }
}

/** A linear axis of one of `strips` from zero to the next round number above `most`, with two ticks: zero and, in a high strip, the middle. */
export const halvedAxis = (theme: Theme, most: number, text: (value: number) => string, strips: number) => {
  const max = roundAbove(most)
  const axis = linearAxis({ theme, ends: { min: 0 }, text, strips })
  return {
    ...axis,
    max,
    ticks: {
      ...axis.ticks,
      stepSize: max / 2,
      autoSkip: false,
      callback(this: Scale, value: number | string) {
        const isRoom = value === 0 || (value !== max && this.chart.height / strips > 60)
        return isRoom ? shortText(text(Number(value))) : ''
      },
    },
  }
}

/** Halves of these are round too. */
const rounds = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10]

function roundAbove(value: number): number {
  const power = value > 0 ? 10 ** Math.floor(Math.log10(value)) : 1
  return power * rounds.find(step => step * power >= value * (1 - 1e-9))!
}

/** A place of a linear axis that has a name instead of a number; several lines where it is a list. */
export interface Place {
  readonly at: number
  readonly label: string | readonly string[]
}

/** An axis of names. Without lines: there is nothing between two names. */
export const placesAxis = (
  theme: Theme,
  places: readonly Place[],
  { title, reverse = false }: { readonly title?: string; readonly reverse?: boolean } = {},
) => {
  const style = axisStyle(theme, title)
  const at = places.map(place => place.at)
  return {
    ...style,
    type: 'linear' as const,
    min: Math.min(...at) - 0.5,
    max: Math.max(...at) + 0.5,
    reverse,
    grid: { display: false },
    afterBuildTicks(axis: { ticks: { value: number }[] }) {
      axis.ticks = at.map(value => ({ value }))
    },
    ticks: {
      ...style.ticks,
      color: palettes[theme].ink,
      autoSkip: false,
      maxRotation: 0,
      callback: (value: number) => places.find(place => place.at === value)?.label,
    },
  }
}

/** Without zeros that only say how exact a number is. */
const shortText = (text: string): string => text.replace(/\.0+(?=\s|$)/, '').replace(/(\.\d*[1-9])0+(?=\s|$)/, '$1')

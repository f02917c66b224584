// Axes: 1-2-5 ticks on logarithmic ones, and ticks written the way people say them.
import type { Scale } from 'chart.js'
import type { Theme } from '../chart.ts'
import { axisStyle } from './style.ts'

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
  readonly title: string
  readonly ends: { min: number; max: number }
  readonly text: (value: number) => string
  readonly axis: 'x' | 'y'
}

/** A logarithmic axis. Where 1-2-5 would not fit, the 2 and 5 lose their text. */
export const logAxis = ({ theme, title, ends, text, axis }: LogAxis) => {
  const style = axisStyle(theme, title)
  return {
    ...style,
    type: 'logarithmic' as const,
    ...ends,
    afterBuildTicks(scale: Scale) {
      scale.ticks = ticks125(ends.min, ends.max).map(value => ({ value }))
    },
    ticks: {
      ...style.ticks,
      autoSkip: false,
      maxRotation: 0,
      callback(this: Scale, value: number | string) {
        const tick = Number(value)
        const room = axis === 'x' ? this.chart.width / 62 : this.chart.height / 30
        const fits = ticks125(ends.min, ends.max).length <= room
        return fits || isPowerOfTen(tick) ? text(tick) : ''
      },
    },
  }
}

const isPowerOfTen = (value: number): boolean => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9

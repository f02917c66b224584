// Figures as people read them: three significant digits, µs/ms/s, SI bytes. Used by the terminal, Markdown and pages alike.
import type { Statistic } from './estimate.ts'

/** As the schema's, without the schema: pages that only write numbers do without it. */
const isMissing = (statistic: Statistic): statistic is Extract<Statistic, { missing: string }> => 'missing' in statistic

/** Three significant digits without an exponent: 0.0123, 1.23, 12.3, 123, 1230, 12300. */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : 'n/a'
  if (value === 0) return '0'
  const rounded = Number(value.toPrecision(3))
  const decimals = Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded)))))
  const text = rounded.toFixed(decimals)
  return text.startsWith('-') ? `−${text.slice(1)}` : text
}

/** A time in the unit that suits it: `850 µs`, `12.3 ms`, `1.50 s`. */
export function formatMs(ms: number): string {
  const size = Math.abs(ms)
  if (size === 0) return '0 ms'
  if (size < 0.9995) return `${threeDigits(ms * 1000)} µs`
  if (size < 999.5) return `${threeDigits(ms)} ms`
  return `${threeDigits(ms / 1000)} s`
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** SI bytes (1 kB = 1000 B): `98 B`, `97.5 B`, `1.23 kB`. */
export function formatBytes(bytes: number): string {
  if (Number.isInteger(bytes) && Math.abs(bytes) < 1000) return `${bytes} B`
  const size = Math.abs(bytes)
  let power = 0
  while (power < byteUnits.length - 1 && size >= 999.5 * 1000 ** power) power++
  return `${threeDigits(bytes / 1000 ** power)} ${byteUnits[power]}`
}

/** A setting in ms, exactly: `500 ms`, `3 s`, `1.5 s`. */
export const exactMs = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`)

/** Whole numbers in groups of three from ten thousand on: 9999, 12,345. */
export const formatCount = (count: number): string =>
  count < 10_000 ? String(count) : String(count).replace(/\B(?=(\d{3})+$)/g, ',')

/** `1 cut`, `2 cuts`. */
export const counted = (count: number, thing: string): string =>
  `${formatCount(count)} ${thing}${count === 1 ? '' : 's'}`

/** `a`, `a and b`, `a, b and c`. */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/** A share as percent: `60.0 %`, `8.21 %`. */
export const formatShare = (share: number): string => `${threeDigits(share * 100)} %`

/** How `ratio` (a over b, of a time) reads: "38 % faster", "24 % slower", "12.3× slower" from twofold on, "≈ no clear difference" where its interval
 * includes 1, and the bare ratio where one round gives no interval. `words` for less and for more. No triangles: they are glyphs of transports. */
export function ratioText(
  ratio: Statistic,
  words: readonly [less: string, more: string] = ['faster', 'slower'],
): string {
  if (isMissing(ratio)) return missingText(ratio.missing)
  const { value, low, high } = ratio
  if (low === null || high === null) return `${threeDigits(value)}× (one round)`
  if (low <= 1 && high >= 1) return '≈ no clear difference'
  const word = words[value < 1 ? 0 : 1]
  if (value >= 2 || value <= 0.5) return `${threeDigits(Math.max(value, 1 / value))}× ${word}`
  const percent = Math.abs(value - 1) * 100
  return `${percent >= 9.95 ? Math.round(percent) : Number(percent.toPrecision(2))} % ${word}`
}

/** `n/a (too little work)`. */
export const missingText = (reason: string): string => `n/a (${reason})`

/** `12.3 [11.9, 12.8]`; without brackets where one round gives no interval. `scale` changes the unit. */
export function intervalText(statistic: Statistic | undefined, scale = 1): string {
  if (!statistic) return missingText('not measured')
  if (isMissing(statistic)) return missingText(statistic.missing)
  const { value, low, high } = statistic
  const bounds = low === null || high === null ? '' : ` [${threeDigits(low * scale)}, ${threeDigits(high * scale)}]`
  return threeDigits(value * scale) + bounds
}

/** The value alone, or why there is none. */
export function valueText(statistic: Statistic | undefined): string {
  if (!statistic) return missingText('not measured')
  return isMissing(statistic) ? missingText(statistic.missing) : threeDigits(statistic.value)
}

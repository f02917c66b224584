// Figures as people read them: three significant digits, µs/ms/s, SI bytes. Used by the terminal, Markdown and pages alike.

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

/** SI bytes (1 kB = 1000 B): `98 B`, `1.23 kB`. Whole bytes below 1000 where the value is whole. */
export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes)
  let power = 0
  while (power < byteUnits.length - 1 && size >= 999.5 * 1000 ** power) power++
  return `${threeDigits(bytes / 1000 ** power)} ${byteUnits[power]}`
}

/** Whole numbers in groups of three, with a narrow no-break space from 10 000 on: 9999, 12 345. */
export const formatCount = (count: number): string =>
  count < 10_000 ? String(count) : String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f')

/** A share as percent: `60.0 %`, `8.21 %`. */
export const formatShare = (share: number): string => `${threeDigits(share * 100)} %`

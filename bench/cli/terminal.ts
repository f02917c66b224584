// What a terminal shows: whether colour is wanted, how wide text is, and text cut, padded and wrapped to that width.
import { stripVTControlCharacters } from 'node:util'

export interface ColorWish {
  /** False after --no-color. */
  readonly color: boolean
  readonly isTTY: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

/** --no-color wins, then FORCE_COLOR (`0` and `false` mean none), NO_COLOR (no-color.org: any value but the empty one), TERM=dumb; else a terminal gets colour. */
export function isColorAllowed({ color, isTTY, env }: ColorWish): boolean {
  if (!color) return false
  const forced = env.FORCE_COLOR
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  if (env.NO_COLOR) return false
  return isTTY && env.TERM !== 'dumb'
}

/** Columns of a terminal; 80 where it does not know (some report 0). */
export const columnsOf = ({ columns }: { readonly columns?: number }): number => columns || 80

export interface Ink {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  /** In a `#RRGGBB` colour, as the nearest of the 256 that every colour terminal has. Greys stay in the terminal's own ink. */
  readonly hue: (text: string, hex: string) => string
}

const styled = (on: string, off: string) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`
const plain = (text: string) => text

/** Pens that write ANSI sequences, or nothing at all. */
export const inkOf = (color: boolean): Ink =>
  color
    ? { bold: styled('1', '22'), dim: styled('2', '22'), hue: (text, hex) => hueOf(text, hex) }
    : { bold: plain, dim: plain, hue: plain }

function hueOf(text: string, hex: string): string {
  const [red, green, blue] = [1, 3, 5].map(from => Number.parseInt(hex.slice(from, from + 2), 16)) as [
    number,
    number,
    number,
  ]
  // Black on a dark terminal, or white on a light one, would not be seen.
  if (Math.max(red, green, blue) - Math.min(red, green, blue) < 24) return text
  const step = (value: number) => (value < 48 ? 0 : value < 115 ? 1 : Math.floor((value - 35) / 40))
  return styled(`38;5;${16 + 36 * step(red) + 6 * step(green) + step(blue)}`, '39')(text)
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|.*\ufe0f)/u
const zero = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u

/** Columns that `text` takes: wide characters two, combining marks and ANSI sequences none. */
export function displayWidth(text: string): number {
  let width = 0
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text)))
    width += zero.test(segment) ? 0 : wide.test(segment) ? 2 : 1
  return width
}

/** `text` with blanks to `width` columns. */
export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return align === 'right' ? blanks + text : text + blanks
}

/** At most `width` columns of uncoloured text, with `…` where it was cut. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of segmenter.segment(text)) {
    const next = displayWidth(segment)
    if (used + next > width - 1) break
    kept += segment
    used += next
  }
  return `${kept}…`
}

/** Lines of at most `width` columns, broken between words; later lines are indented. A longer word stands alone. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line.trim() !== '' && displayWidth(longer) > width) {
      lines.push(line)
      line = indent + word
    } else line = longer
  }
  return [...lines, line].join('\n')
}

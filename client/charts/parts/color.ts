// What Chart.js asks of a colour library, for the notations that our charts use; its own is 3.7 kB of the page's budget.
// The page's bundle puts this in the place of `@kurkle/color` (client/vite.config.ts); a class because Chart.js calls it with `new`.

/** `#rrggbb`, `rgb(…)` or `rgba(…)` as [red, green, blue, opacity]; undefined for anything else. */
function parsed(value: unknown): readonly number[] | undefined {
  const text = String(value)
  const hex = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text)
  if (hex) return [...hex.slice(1).map(part => Number.parseInt(part, 16)), 1]
  const parts = /^rgba?\(([\d., ]+)\)$/.exec(text)?.[1]?.split(',').map(Number)
  return parts && [...parts, 1].slice(0, 4)
}

export class Color {
  readonly valid: boolean
  private readonly parts: readonly number[]

  constructor(value: unknown) {
    const parts = parsed(value)
    this.valid = parts !== undefined
    this.parts = parts ?? []
  }

  /** The colours under a pointer are a little darker; how vivid they are is left alone. */
  saturate(): Color {
    return this
  }

  /** Darker by this share. */
  darken(share: number): Color {
    const [red, green, blue, opacity] = this.parts.map((part, at) => (at < 3 ? part * (1 - share) : part))
    return new Color(this.valid ? `rgba(${red}, ${green}, ${blue}, ${opacity})` : undefined)
  }

  /** Between two colours in an animation; nothing here moves, so it is the one at its end. */
  mix(): Color {
    return this
  }

  /** `#rrggbb`, with the opacity where it is not opaque; undefined for what is no colour. */
  hexString(): string | undefined {
    if (!this.valid) return undefined
    const [red = 0, green = 0, blue = 0, opacity = 1] = this.parts
    const bytes = [red, green, blue, ...(opacity < 1 ? [opacity * 255] : [])]
    return `#${bytes.map(byte => Math.round(byte).toString(16).padStart(2, '0')).join('')}`
  }
}

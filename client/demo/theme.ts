// Which colours a page has: as the system has it, or as was chosen.
import { computed, signal } from '@preact/signals'
import type { Theme } from './strokes.ts'

export type ThemeChoice = 'auto' | Theme

export const prefersDark = signal(false)
export const themeChoice = signal<ThemeChoice>('auto')
export const theme = computed<Theme>(() =>
  themeChoice.value === 'auto' ? (prefersDark.value ? 'dark' : 'light') : themeChoice.value,
)

/** Tells now, and at each change, whether the media query matches. */
export function watchMedia(query: string, onChange: (matches: boolean) => void, signal: AbortSignal): void {
  const media = matchMedia(query)
  onChange(media.matches)
  media.addEventListener('change', () => onChange(media.matches), { signal })
}

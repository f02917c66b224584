// Which colours a page has: as the system has it, or as was chosen.
import { computed, signal } from '@preact/signals'
import type { Theme } from './strokes.ts'

export type ThemeChoice = 'auto' | Theme

const prefersDark = signal(false)
export const themeChoice = signal<ThemeChoice>('auto')
export const theme = computed<Theme>(() =>
  themeChoice.value === 'auto' ? (prefersDark.value ? 'dark' : 'light') : themeChoice.value,
)

/** Keeps the page in its colours. */
export function startTheme(signal: AbortSignal): void {
  watchMedia('(prefers-color-scheme: dark)', matches => (prefersDark.value = matches), signal)
  theme.subscribe(name => {
    document.documentElement.dataset.theme = name
  })
}

/** Tells now, and at each change, whether the media query matches. */
export function watchMedia(query: string, onChange: (matches: boolean) => void, signal: AbortSignal): void {
  const media = matchMedia(query)
  onChange(media.matches)
  media.addEventListener('change', () => onChange(media.matches), { signal })
}

// The bytes of a line, as far as the pages need them before somebody looks: what shows them is fetched then.
import { effect, signal } from '@preact/signals'
import type { Picture } from './layout.ts'
import { line, problem } from './store.ts'

const panel = signal<typeof import('./bytes/panel.tsx') | undefined>(undefined)

async function withPanel(then?: (fetched: typeof import('./bytes/panel.tsx')) => void): Promise<void> {
  try {
    panel.value = await import('./bytes/panel.tsx')
    then?.(panel.value)
  } catch {
    problem.value = 'What shows bytes could not be fetched: is the demo still running?'
  }
}

/** Opens the line at a place on the canvas; nothing, where none is near. */
export const tapLine = (picture: Picture, x: number, y: number): void => void withPanel(({ tap }) => tap(picture, x, y))

/** Opens the newest line that has arrived; where one is open, the one before it (−1) or after it (1). */
export const stepLines = (direction: 1 | -1): void => void withPanel(({ step }) => step(direction))

// The other page of this browser may have opened one.
effect(() => {
  if (line.value && !panel.value) void withPanel()
})

export function LineBytes() {
  if (!panel.value || !line.value) return null
  const { Panel } = panel.value
  return <Panel event={line.value} />
}

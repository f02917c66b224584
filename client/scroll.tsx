// A wide table scrolls inside its own frame, and a keyboard must be able to reach that frame.
import type { ComponentChildren } from 'preact'

export const Scroll = ({ label, children }: { label: string; children: ComponentChildren }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: without it nobody can scroll it by keyboard (axe: scrollable-region-focusable).
  <section class="scroll" tabIndex={0} aria-label={label}>
    {children}
  </section>
)

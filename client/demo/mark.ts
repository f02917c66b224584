// A transport's glyph in its colours, for the pages without Preact; the words beside it stay in ink and say the same.
import { clientTransports, type TransportName } from '../transports/index.ts'

/** The glyph as an element of the class `mark`; the page's style picks `--light` or `--dark`. */
export function markOf(transport: string): HTMLElement {
  const { glyph, light, dark } = clientTransports[transport as TransportName]
  const mark = document.createElement('span')
  mark.className = 'mark'
  mark.setAttribute('aria-hidden', 'true')
  mark.style.setProperty('--light', light)
  mark.style.setProperty('--dark', dark)
  mark.textContent = glyph
  return mark
}

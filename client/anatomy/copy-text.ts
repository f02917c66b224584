// Puts a text on the clipboard, also where the browser has none for scripts: a page on plain http from another machine is no secure context.

/** Gives false where the browser does not let it. */
export async function copyText(text: string): Promise<boolean> {
  // Missing there, whatever its type says.
  const clipboard = navigator.clipboard as Clipboard | undefined
  try {
    if (clipboard) {
      await clipboard.writeText(text)
      return true
    }
  } catch {
    // Not allowed; the old way may be.
  }
  return copySelected(text)
}

/** By the browser's own command, which copies what is selected. */
function copySelected(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.className = 'hidden-text'
  // That class keeps a text on one line, and what is copied is the text as it is laid out.
  field.style.whiteSpace = 'pre'
  const focused = document.activeElement
  document.body.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return isCopied
}

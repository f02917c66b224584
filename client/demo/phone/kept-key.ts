// What a page's phone is known by, kept where its browser lets a page keep anything: it outlives the page, and is another one at each origin.

const NAME = 'lab-phone'

/** `isKept`: a page that is opened anew finds it again. Where it does not, a reload still does: the tab's history has it. */
export function ownKey(): { readonly key: string; readonly isKept: boolean } {
  let key = (history.state as { key?: string } | null)?.key
  let isKept = true
  try {
    key = localStorage.getItem(NAME) ?? key ?? newKey()
    localStorage.setItem(NAME, key)
  } catch {
    // A browser that lets pages keep nothing throws at the very name.
    isKept = false
    key ??= newKey()
  }
  history.replaceState({ key }, '')
  return { key, isKept }
}

const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(22)), byte => (byte % 32).toString(32)).join('')

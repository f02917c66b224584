// URLs for messages.

/** The URL without what is secret in it. */
export function shownUrl(url: string): string {
  const shown = new URL(url)
  if (shown.password !== '') shown.password = '…'
  return decodeURIComponent(shown.href.split('?')[0]!).replace(/\/$/, '')
}

// The header profile of a subscriber: what it sends besides what HTTP itself needs, in a browser's order.

export type Headers = Readonly<Record<string, string>>
/** Name and value of each, in the order in which they are sent. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

/** What our own HTTP and WebSocket write themselves. */
const ownHeader = /^(host|connection|keep-alive|upgrade|transfer-encoding|content-length|expect|sec-websocket-.*)$/i

/** The profile without what the HTTP clients write themselves. */
export const headerList = (headers: Headers = {}): HeaderList =>
  Object.entries(headers).filter(([name]) => !ownHeader.test(name))

/** `[name, value, name, value, …]`; one of `over` (lower-case names) takes the place of the profile's, so that the order stays. */
export function flatHeaders(list: HeaderList, over: Headers = {}): string[] {
  const left = new Map(Object.entries(over))
  const flat: string[] = []
  for (const [name, value] of list) {
    const own = left.get(name.toLowerCase())
    left.delete(name.toLowerCase())
    flat.push(name, own ?? value)
  }
  return [...flat, ...[...left].flat()]
}

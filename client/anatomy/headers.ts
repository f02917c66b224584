// What each header is for, and whether an exchange needs it, repeats it, or could do without it.
import { type Field, type Head, headerOf } from '../codecs/http.ts'
import { type Entry, otherHalfOf, type Reading } from './reading.ts'

/** `needed`: without it this would not work. `repeated`: not needed, and more heads of this kind carry it. `optional`: the rest. */
export const needs = ['needed', 'repeated', 'optional'] as const
export type Need = (typeof needs)[number]

export const needWords: Readonly<Record<Need, { readonly label: string; readonly why: string }>> = {
  needed: { label: 'needed', why: 'without these it would not work' },
  repeated: { label: 'repeated each time', why: 'nobody needs them here, and every exchange carries them again' },
  optional: { label: 'optional', why: 'sent this once, and could be left out' },
}

/** What a header says, and in which heads it is needed. Source: RFC 9110, RFC 9112, RFC 6455, Fetch, and this server's own README. */
const words: Readonly<
  Record<string, { readonly why: string; readonly in?: 'request' | 'answer' | 'both' | 'upgrade' }>
> = {
  host: { why: 'which site is meant: one address may serve many', in: 'request' },
  upgrade: { why: 'the protocol to go on in', in: 'upgrade' },
  connection: { why: 'what is for this connection alone, and not for what lies behind a proxy', in: 'upgrade' },
  'sec-websocket-key': { why: '16 random bytes in base64, which the answer must prove to have read', in: 'both' },
  'sec-websocket-version': { why: '13, the only version there is', in: 'both' },
  'sec-websocket-accept': { why: 'the proof: made of the key, and checked by the client', in: 'both' },
  'sec-websocket-extensions': { why: 'offers or accepts compression' },
  'sec-websocket-protocol': { why: 'a language to be spoken in the frames' },
  'content-type': { why: 'how the body is to be read', in: 'both' },
  'content-length': { why: 'how many bytes the body has: where the next message begins', in: 'both' },
  'transfer-encoding': { why: 'the body comes in chunks, each with its size: its end is not known yet', in: 'both' },
  'last-event-id': { why: 'how far this client had come: what is missing comes first', in: 'both' },
  location: { why: 'where to go', in: 'both' },
  allow: { why: 'the methods that may be used here', in: 'both' },
  authorization: { why: 'who asks', in: 'both' },
  cookie: { why: 'what the server had set: sent with every request' },
  'set-cookie': { why: 'to be sent back with every request' },
  'user-agent': { why: 'which browser, on which system' },
  accept: { why: 'kinds of content the client takes' },
  'accept-encoding': { why: 'compressions the client can undo' },
  'accept-language': { why: 'languages of the visitor' },
  origin: { why: 'which page asks: a server refuses strangers by it' },
  referer: { why: 'the page that asks' },
  'cache-control': { why: 'whether caches may keep it' },
  pragma: { why: 'the same for caches of the nineties' },
  'sec-fetch-site': { why: 'whether the page that asks is of the same site' },
  'sec-fetch-mode': { why: 'how the page asks' },
  'sec-fetch-dest': { why: 'what the page wants it for' },
  'sec-fetch-user': { why: 'whether a click was behind it' },
  'sec-ch-ua': { why: 'the browser again, in another form' },
  'sec-ch-ua-mobile': { why: 'whether it is a phone' },
  'sec-ch-ua-platform': { why: 'the system again' },
  priority: { why: 'how urgent it is to the page' },
  dnt: { why: 'asks not to be followed' },
  date: { why: 'the time at the server' },
  'keep-alive': { why: 'how long an idle connection is kept' },
  vary: { why: 'on which headers of the request the answer depends' },
  etag: { why: 'a name for this version of the content' },
  server: { why: 'which server it is' },
  'x-powered-by': { why: 'what the server is made with' },
  'x-accel-buffering': { why: 'asks a proxy to pass each byte on at once' },
  'x-content-type-options': { why: 'the browser shall not guess the type' },
  'access-control-allow-origin': { why: 'which pages may read it' },
  'retry-after': { why: 'when to try again' },
}

const wordsOf = (name: string) => (Object.hasOwn(words, name.toLowerCase()) ? words[name.toLowerCase()] : undefined)

/** What a header is for; undefined for one that is not known here. */
export const purposeOf = (name: string): string | undefined => wordsOf(name)?.why

/** A head among the messages of a capture. */
export interface HeadEntry {
  readonly entry: Entry
  readonly head: Head
  /** What heads of one kind have in common: direction, path and method of the exchange. */
  readonly kind: string
  readonly isUpgrade: boolean
}

const pathOf = (target: string): string => target.replace(/[?#].*$/, '')

/** All heads of a capture in order of time. An answer is of the kind of its request. */
export function headsOf(reading: Reading): HeadEntry[] {
  return reading.entries.flatMap(entry => {
    const { way, head } = entry.message
    if (!head) return []
    const request = head.status === 0 ? head : otherHalfOf(entry, reading)?.message.head
    const isUpgrade = head.status === 101 || (head.status === 0 && headerOf(head, 'upgrade') !== null)
    return [{ entry, head, kind: `${way} ${request?.method} ${pathOf(request?.target ?? '')}`, isUpgrade }]
  })
}

/** How much a field is needed in a head, `all` being those of the capture. */
export function needOf({ name }: Pick<Field, 'name'>, of: HeadEntry, all: readonly HeadEntry[]): Need {
  const needed = wordsOf(name)?.in
  const isRequest = of.head.status === 0
  if (needed === 'both' || needed === (isRequest ? 'request' : 'answer')) return 'needed'
  if (needed === 'upgrade' && of.isUpgrade) return 'needed'
  const isAgain = all.some(
    ({ head, kind }) =>
      head !== of.head &&
      kind === of.kind &&
      head.fields.some(field => field.name.toLowerCase() === name.toLowerCase()),
  )
  return isAgain ? 'repeated' : 'optional'
}

/** Bytes of a head by need; first line and empty line are needed. */
export function bytesByNeed(of: HeadEntry, all: readonly HeadEntry[]): Record<Need, number> {
  const sums: Record<Need, number> = { needed: of.head.to - of.head.from, repeated: 0, optional: 0 }
  for (const field of of.head.fields) {
    const need = needOf(field, of, all)
    if (need === 'needed') continue
    sums[need] += field.to - field.from
    sums.needed -= field.to - field.from
  }
  return sums
}

/** Of all heads of a capture. */
export function allBytesByNeed(all: readonly HeadEntry[]): Record<Need, number> {
  const sums: Record<Need, number> = { needed: 0, repeated: 0, optional: 0 }
  for (const each of all) for (const need of needs) sums[need] += bytesByNeed(each, all)[need]
  return sums
}

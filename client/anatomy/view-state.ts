// What of the page a link can carry: every choice a visitor made, written readably behind the #.

export type ThemeChoice = 'auto' | 'light' | 'dark'

/** Rooms besides the transports, which have one each under their id. */
export const otherRooms = ['side-by-side', 'tls'] as const

/** Absent means: the page's own choice (the first transport, its first message, the recorded example). */
export interface ViewState {
  /** Id of a transport, or one of `otherRooms`. */
  readonly room?: string
  /** Of the messages in order of time, from 1. */
  readonly message?: number
  /** Where a part is in its message, by places from 0: `0.3.1`. */
  readonly part?: string
  /** What was captured here, and not the recorded example. */
  readonly live?: true
  /** λT: notices in one interval of a poller, where transports stand side by side. */
  readonly notices?: number
  /** A key for the handshake that the visitor typed. */
  readonly key?: string
  readonly theme?: Exclude<ThemeChoice, 'auto'>
}

/** The state as the part of a URL from # on: `#sse&message=3&part=0.2`; empty where nothing was chosen. */
export function hashOf({ room, message, part, live, notices, key, theme }: ViewState): string {
  const words = [
    room,
    live && 'live',
    message !== undefined && `message=${message}`,
    part !== undefined && `part=${part}`,
    notices !== undefined && `notices=${notices}`,
    key !== undefined && `key=${encodeURIComponent(key)}`,
    theme && `theme=${theme}`,
  ].filter(word => typeof word === 'string')
  return words.length > 0 ? `#${words.join('&')}` : ''
}

/** The state that `hash` carries, `rooms` being all there are. What cannot be read is left out: an old or mangled link still opens the page. */
export function stateOf(hash: string, rooms: readonly string[]): ViewState {
  const words = hash.replace(/^#/, '').split('&')
  const text = (key: string): string | undefined =>
    words.find(word => word.startsWith(`${key}=`))?.slice(key.length + 1) || undefined
  const message = Number(text('message'))
  const part = text('part')
  const notices = Number(text('notices'))
  const theme = text('theme')
  const key = decoded(text('key'))
  return defined({
    room: words.find(word => rooms.includes(word)),
    message: Number.isSafeInteger(message) && message > 0 ? message : undefined,
    part: part !== undefined && /^\d{1,6}(\.\d{1,6}){0,15}$/.test(part) ? part : undefined,
    live: words.includes('live') || undefined,
    notices: Number.isFinite(notices) && notices > 0 ? notices : undefined,
    key: key !== undefined && key.length <= 200 ? key : undefined,
    theme: (['light', 'dark'] as const).find(each => each === theme),
  })
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Without the keys that are undefined. */
export const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T

// What of the page a link can carry: every choice a visitor made, written readably behind the #.
import { type ColumnKey, columnKeys } from './columns.ts'

export type ThemeChoice = 'auto' | 'light' | 'dark'

/** The rooms of the page, in their order: each is a view with one job, and the first word of its address. */
export const roomNames = ['overview', 'charts', 'claims', 'compare', 'method'] as const
export type RoomName = (typeof roomNames)[number]

/** Absent means: the page's own choice (newest run, first load, all transports, the fastest as baseline). */
export interface ViewState {
  /** Absent: the one whose choices the link carries, else the overview. */
  readonly room?: RoomName
  readonly run?: string
  /** The run that it is compared with. */
  readonly compare?: string
  readonly scenario?: string
  /** Ids of the transports to show. */
  readonly show?: readonly string[]
  readonly baseline?: string
  readonly sort?: ColumnKey
  readonly order?: 'descending'
  /** Id of the claim that was opened last. */
  readonly claim?: string
  /** Whose claims are listed, where that is not the page's choice. */
  readonly of?: ClaimsOf
  readonly verdict?: string
  readonly topic?: string
  /** The statistic that two runs are drawn side by side in. */
  readonly statistic?: string
  readonly theme?: Exclude<ThemeChoice, 'auto'>
}

export type ClaimsOf = 'run' | 'all'

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%3A', ':').replaceAll('%40', '@')

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** The state as the part of a URL from # on: `#charts&run=…&show=a,b&sort=p99Ms`; empty where nothing was chosen. */
export function hashOf({ room, show, ...choices }: ViewState): string {
  const pairs = texts.flatMap(key => {
    const value = choices[key]
    return value === undefined ? [] : [`${key}=${encode(value)}`]
  })
  if (show) pairs.push(`show=${show.map(encode).join(',')}`)
  // A word that the link says without is left out.
  const words = room === undefined || room === roomOf(choices) ? pairs : [room, ...pairs]
  return words.length > 0 ? `#${words.join('&')}` : ''
}

/** Where a link leads that names no room: to where its choices are of use. */
export const roomOf = ({ room, claim, compare }: ViewState): RoomName =>
  room ?? (claim !== undefined ? 'claims' : compare !== undefined ? 'compare' : 'overview')

/** What is a text, in the order of a link. */
const texts = [
  'run',
  'compare',
  'scenario',
  'baseline',
  'sort',
  'order',
  'statistic',
  'claim',
  'of',
  'verdict',
  'topic',
  'theme',
] as const satisfies readonly (keyof ViewState)[]

/** The state that `hash` carries. What cannot be read is left out: an old or mangled link still opens the page. */
export function stateOf(hash: string): ViewState {
  const found = new Map<string, string>()
  for (const pair of hash.replace(/^#/, '').split('&')) {
    const at = pair.indexOf('=')
    if (at > 0) found.set(pair.slice(0, at), pair.slice(at + 1))
    else if (roomNames.some(name => name === pair)) found.set('room', pair)
    // A bare anchor, as others link to it.
    else if (pair.startsWith('claim-')) found.set('claim', pair.slice('claim-'.length))
  }
  const text = (key: string) => {
    const value = found.get(key)
    return value === undefined ? undefined : decode(value) || undefined
  }
  const show = found.get('show')
  const sort = columnKeys.find(key => key === text('sort'))
  const theme = text('theme')
  const of = text('of')
  const choices = {
    room: roomNames.find(name => name === found.get('room')),
    run: text('run'),
    compare: text('compare'),
    scenario: text('scenario'),
    show: show === undefined ? undefined : show.split(',').flatMap(id => decode(id) || []),
    baseline: text('baseline'),
    sort,
    claim: text('claim'),
    of: (['run', 'all'] as const).find(each => each === of),
    verdict: text('verdict'),
    topic: text('topic'),
    statistic: text('statistic'),
    order: text('order') === 'descending' ? ('descending' as const) : undefined,
    theme: (['light', 'dark'] as const).find(each => each === theme),
  }
  // A word that says what the rest says already is no choice.
  return defined({
    ...choices,
    room: choices.room === roomOf({ ...choices, room: undefined }) ? undefined : choices.room,
  })
}

/** Without the keys that are undefined. */
export const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T

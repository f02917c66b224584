// What of the page a link can carry: every choice a visitor made, written readably behind the #.
import { type ColumnKey, columnKeys } from './columns.ts'

export type ThemeChoice = 'auto' | 'light' | 'dark'

/** Absent means: the page's own choice (newest run, first load, all transports, the fastest as baseline). */
export interface ViewState {
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
  readonly theme?: Exclude<ThemeChoice, 'auto'>
}

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%3A', ':').replaceAll('%40', '@')

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** The state as the part of a URL from # on: `#run=…&show=a,b&sort=p99Ms`; empty where nothing was chosen. */
export function hashOf({ run, compare, scenario, show, baseline, sort, order, claim, theme }: ViewState): string {
  const pairs = Object.entries({ run, compare, scenario, baseline, sort, order, claim, theme }).flatMap(
    ([key, value]) => (value === undefined ? [] : [`${key}=${encode(value)}`]),
  )
  if (show) pairs.push(`show=${show.map(encode).join(',')}`)
  return pairs.length > 0 ? `#${pairs.join('&')}` : ''
}

/** The state that `hash` carries. What cannot be read is left out: an old or mangled link still opens the page. */
export function stateOf(hash: string): ViewState {
  const found = new Map<string, string>()
  for (const pair of hash.replace(/^#/, '').split('&')) {
    const at = pair.indexOf('=')
    if (at > 0) found.set(pair.slice(0, at), pair.slice(at + 1))
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
  return defined({
    run: text('run'),
    compare: text('compare'),
    scenario: text('scenario'),
    show: show === undefined ? undefined : show.split(',').flatMap(id => decode(id) || []),
    baseline: text('baseline'),
    sort,
    claim: text('claim'),
    order: text('order') === 'descending' ? ('descending' as const) : undefined,
    theme: theme === 'light' || theme === 'dark' ? theme : undefined,
  })
}

/** Without the keys that are undefined. */
export const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T

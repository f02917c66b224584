// The backplane registry: by URL scheme, loaded when chosen.
import type { CreateBackplane } from './backplane.ts'

export interface BackplaneEntry {
  /** Where it is, for example, if several servers share it; absent = it is one server's own, and its name is all of its URL. */
  readonly example?: string
  /** What has to be installed for it. */
  readonly package?: string
  /** Nobody's choice: a program asks for it itself. */
  readonly isInternal?: true
  readonly load: () => Promise<{ createBackplane: CreateBackplane }>
}

export const backplanes = {
  memory: { load: () => import('./memory.ts') },
  redis: { example: 'redis://127.0.0.1:6379', package: '@redis/client', load: () => import('./redis.ts') },
  'redis-pubsub': {
    example: 'redis-pubsub://127.0.0.1:6379',
    package: '@redis/client',
    load: () => import('./redis-pubsub.ts'),
  },
  // What the workers of one server have.
  primary: { isInternal: true, load: () => import('./primary.ts') },
  rabbitmq: { example: 'rabbitmq://127.0.0.1:5672', package: 'amqplib', load: () => import('./rabbitmq.ts') },
} as const satisfies Record<string, BackplaneEntry>

type Entries = typeof backplanes

/** Those to choose from. */
export type BackplaneName = {
  [Name in keyof Entries]: Entries[Name] extends { isInternal: true } ? never : Name
}[keyof Entries]

const entries: Readonly<Record<string, BackplaneEntry>> = backplanes

export const offered: readonly string[] = Object.keys(entries).filter(name => !entries[name]!.isInternal)

/** The scheme of a URL, and the backplane of that name; undefined where there is none. */
export function chosenBy(url: string): { readonly name: string; readonly entry: BackplaneEntry | undefined } {
  const name = /^[a-z0-9+-]+/.exec(url)?.[0] ?? ''
  return { name, entry: Object.hasOwn(entries, name) ? entries[name] : undefined }
}

/** The code of the backplane that a URL names. Throws a sentence where a package is missing. */
export async function loadBackplane(url: string): Promise<{ createBackplane: CreateBackplane }> {
  const { name, entry } = chosenBy(url)
  if (!entry) throw new Error(`no backplane is called ${JSON.stringify(name)}`)
  const { package: needed, load } = entry
  return load().catch((error: NodeJS.ErrnoException) => {
    const isMissing = error.code === 'ERR_MODULE_NOT_FOUND' && needed && error.message.includes(`'${needed}'`)
    throw isMissing ? new Error(`--backplane ${name} needs the package ${needed}: npm install ${needed}`) : error
  })
}

// The registry of recipes: for each transport the smallest server and client that people copy, and what a cut takes where their cursor is left out.
import type { TransportName } from '../../transports/index.ts'

/** Two files, as they are run. */
export interface Sources {
  readonly server: string
  readonly client: string
}

export interface Recipe {
  readonly load: () => Promise<Sources>
  /** Of `publishedInCut` notices, those that a page never gets whose recipe is without its cursor (recipes.test.ts finds it). With it: none. */
  readonly lost: number
  /** In whole sentences, what it does not do that a service would need, besides asking who publishes. */
  readonly leavesOut?: readonly string[]
}

const slowReaders = 'It bounds no memory for pages that read too slowly.'
const silence = 'It sends no sign of life by which a page would notice that a network has gone silent.'

/** So many notices are published while the network is cut. */
export const publishedInCut = 10

export const recipes = {
  // A page that asks for the newest one gets the last of them.
  'short-polling': { load: () => import('./short-polling/index.ts'), lost: 9 },
  'long-polling': { load: () => import('./long-polling/index.ts'), lost: 10 },
  sse: { load: () => import('./sse/index.ts'), lost: 10, leavesOut: [slowReaders, silence] },
  websocket: { load: () => import('./websocket/index.ts'), lost: 10, leavesOut: [slowReaders, silence] },
  'socket-io': { load: () => import('./socket-io/index.ts'), lost: 10, leavesOut: [slowReaders] },
} satisfies Partial<Record<TransportName, Recipe>>

// The client registry: how each transport looks everywhere, and where its code is loaded from when a page needs it.
import type { PointStyle } from 'chart.js'
import type { TransportName } from '../../server/transports/index.ts'
import type { ClientTransport } from './transport.ts'

export interface ClientEntry {
  readonly label: string
  /** Colour on a light and on a dark ground. */
  readonly light: string
  readonly dark: string
  readonly glyph: string
  /** The same shape where a chart draws it: closed, so that it can be filled and left open. */
  readonly mark: Extract<PointStyle, string> | 'hexagon'
  /** Line dash in px; empty = solid. */
  readonly dash: readonly number[]
  /** What it takes from client to server on its own connection, (server/README.md, "Delivery"); absent = nothing, clients POST. */
  readonly upstream?: 'frames'
  /** One answer that never ends: it keeps one of a browser's few connections for as long as it lasts. */
  readonly isEndless?: true
  /** A notice ends a request that was held for it, and the next one is asked for at once. */
  readonly isHeld?: true
  /** Asks on a timer: pollIntervalMs is its. */
  readonly isTimed?: true
  /** Connections that one subscriber may hold at a time; absent = 1. */
  readonly connections?: number
  readonly load: () => Promise<ClientTransport>
}

export const clientTransports = {
  'short-polling': {
    label: 'Short polling',
    light: '#D55E00',
    dark: '#D55E00',
    glyph: '●',
    mark: 'circle',
    dash: [8, 4],
    isTimed: true,
    load: () => import('./short-polling.ts'),
  },
  'long-polling': {
    label: 'Long polling',
    light: '#CC79A7',
    dark: '#CC79A7',
    glyph: '■',
    mark: 'rect',
    dash: [],
    isHeld: true,
    load: () => import('./long-polling.ts'),
  },
  sse: {
    label: 'SSE',
    light: '#009E73',
    dark: '#009E73',
    glyph: '▲',
    mark: 'triangle',
    dash: [2, 3],
    isEndless: true,
    load: () => import('./sse.ts'),
  },
  websocket: {
    label: 'WebSocket',
    light: '#0072B2',
    dark: '#56B4E9',
    glyph: '◆',
    mark: 'rectRot',
    dash: [10, 3, 2, 3],
    upstream: 'frames',
    load: () => import('./websocket.ts'),
  },
  'socket-io': {
    label: 'Socket.IO',
    light: '#000000',
    dark: '#F9FAFB',
    glyph: '⬢',
    mark: 'hexagon',
    dash: [4, 2],
    // A held poll, what it last posted on, and the WebSocket it goes over to.
    connections: 3,
    load: () => import('./socket-io.ts'),
  },
} satisfies Record<TransportName, ClientEntry>

const entries: Readonly<Record<string, ClientEntry>> = clientTransports

/** The entry of a transport that is named by data: a run, an option, a message. undefined where there is none of that name. */
export const entryOf = (name: string): ClientEntry | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined

export type { TransportName }

// The registry of contestants: this lab's server and those it is compared with.
import { startServerProcess } from '../server-process.ts'
import type { Contestant } from './contestant.ts'
import { startNchan } from './nchan.ts'
import { startNodeProcess } from './parts/node-process.ts'

const array = (path: string) => ({ path, takes: 'array' }) as const
const node =
  (file: string, ...args: string[]) =>
  () =>
    startNodeProcess(new URL(file, import.meta.url), args)

export const contestants = {
  lab: {
    label: 'this lab',
    dialects: {
      websocket: { kind: 'frames', path: '/api/websocket' },
      sse: { kind: 'events', path: '/api/sse' },
      'short-polling': { kind: 'polls', path: '/api/short-polling?after={after}', next: 'cursor' },
      'long-polling': { kind: 'held polls', path: '/api/long-polling?waitMs=60000&after={after}', next: 'cursor' },
    },
    publish: array('/api/notices'),
    async start(args = []) {
      const { url, process, end } = await startServerProcess(args)
      return { port: Number(new URL(url).port), pids: [process.pid!], end: () => end('SIGKILL') }
    },
  },
  'plain-ws': {
    label: 'plain ws',
    dialects: { websocket: { kind: 'frames', path: '/' } },
    publish: array('/'),
    start: node('./plain-ws.js'),
  },
  'deflate-ws': {
    label: 'plain ws with permessage-deflate',
    // As every browser offers it.
    dialects: {
      websocket: { kind: 'frames', path: '/', extensions: 'permessage-deflate; client_max_window_bits' },
    },
    publish: array('/'),
    start: node('./plain-ws.js', 'deflate'),
  },
  'plain-express': {
    label: 'plain Express',
    dialects: {
      sse: { kind: 'events', path: '/events' },
      'short-polling': { kind: 'polls', path: '/poll?after={after}', next: 'cursor' },
      'long-polling': { kind: 'held polls', path: '/held-poll?after={after}', next: 'cursor' },
    },
    publish: array('/notices'),
    start: node('./plain-express.js'),
  },
  'bare-http': {
    label: 'bare node:http',
    dialects: { 'short-polling': { kind: 'polls', path: '/poll?after={after}', next: 'cursor' } },
    publish: array('/'),
    start: node('./bare-http.js'),
  },
  'socket-io': {
    label: 'Socket.IO',
    dialects: {
      websocket: { kind: 'frames', path: '/socket.io/?EIO=4&transport=websocket', framing: 'socket.io' },
    },
    publish: array('/'),
    start: node('./socket-io.js'),
  },
  nchan: {
    label: 'Nchan',
    dialects: {
      websocket: { kind: 'frames', path: '/subscribe' },
      sse: { kind: 'events', path: '/subscribe' },
      'long-polling': { kind: 'held polls', path: '/subscribe', next: 'validators' },
    },
    publish: { path: '/publish', takes: 'single' },
    start: startNchan,
  },
} satisfies Record<string, Contestant>

export type ContestantName = keyof typeof contestants

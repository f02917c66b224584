// The registry of contestants: this lab's server and those it is compared with.
import { startServerProcess } from '../machine/server-process.ts'
import type { Contestant, Dialect, RunningContestant } from './contestant.ts'
import { startNchan } from './nchan.ts'
import { startNodeProcess } from './node-process.ts'
import { startRecipe } from './recipe.ts'

/** Engine.IO protocol 4: 4 = message; Socket.IO protocol 5: 0 = connect. */
const SOCKET_IO_CONNECT = '40'

const array = (path: string) => ({ path, takes: 'array' }) as const
const node =
  (file: string, ...args: string[]) =>
  () =>
    startNodeProcess(new URL(file, import.meta.url), args)

const lab = {
  websocket: { kind: 'frames', path: '/api/websocket' },
  sse: { kind: 'events', path: '/api/sse' },
  'short-polling': { kind: 'polls', path: '/api/short-polling?after={after}', next: 'cursor' },
  'long-polling': { kind: 'held polls', path: '/api/long-polling?waitMs=60000&after={after}', next: 'cursor' },
  'socket-io': { kind: 'frames', path: '/api/socket-io/?EIO=4&transport=websocket', joinsWith: SOCKET_IO_CONNECT },
} as const satisfies Contestant['dialects']

const startLab =
  (...settings: string[]) =>
  async (args: readonly string[] = []): Promise<RunningContestant> => {
    const { url, process, died, end } = await startServerProcess([...settings, ...args])
    return { port: Number(new URL(url).port), pids: [process.pid!], died, end: () => end('SIGKILL') }
  }

const polled = {
  'short-polling': { kind: 'polls', path: '/poll?after={after}', next: 'cursor' },
  'long-polling': { kind: 'held polls', path: '/held-poll?after={after}', next: 'cursor' },
} as const satisfies Contestant['dialects']

/** What a recipe says of itself but its transport: it is one file for people to copy, and the very one that they see. */
const recipe = (transport: string) => ({
  label: 'the recipe',
  publish: array('/notices'),
  start: () => startRecipe(new URL(`../../../client/anatomy/recipes/${transport}/server.js`, import.meta.url)),
})
const socketIo = {
  kind: 'frames',
  path: '/socket.io/?EIO=4&transport=websocket',
  joinsWith: SOCKET_IO_CONNECT,
} as const satisfies Dialect

export const contestants = {
  lab: { label: 'this lab', dialects: lab, publish: array('/api/notices'), start: startLab() },
  'lab-app': {
    label: 'this lab, whole Express app',
    dialects: { sse: lab.sse, 'short-polling': lab['short-polling'], 'long-polling': lab['long-polling'] },
    publish: array('/api/notices'),
    start: startLab('--express', 'app'),
  },
  'lab-send': {
    label: 'this lab, ws.send and res.write',
    dialects: { websocket: lab.websocket, sse: lab.sse },
    publish: array('/api/notices'),
    start: startLab('--writes', 'send'),
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
    dialects: { ...polled, sse: { kind: 'events', path: '/events' } },
    publish: array('/notices'),
    start: node('./plain-express.js'),
  },
  'express-lean': {
    label: 'Express app without its conveniences',
    dialects: { ...polled, sse: { kind: 'events', path: '/events' } },
    publish: array('/notices'),
    start: node('./plain-express.js', 'lean'),
  },
  'express-router': {
    label: "Express's Router alone",
    dialects: { ...polled, sse: { kind: 'events', path: '/events' } },
    publish: array('/notices'),
    start: node('./plain-express.js', 'lean', 'router'),
  },
  'bare-http': {
    label: 'bare node:http',
    dialects: { ...polled, sse: { kind: 'events', path: '/events' } },
    publish: array('/notices'),
    start: node('./bare-http.js'),
  },
  'socket-io': {
    label: 'Socket.IO',
    dialects: { websocket: socketIo, 'socket-io': socketIo },
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
  'recipe-short-polling': {
    dialects: { 'short-polling': { kind: 'polls', path: '/poll?after={after}', next: 'cursor' } },
    ...recipe('short-polling'),
  },
  'recipe-long-polling': {
    dialects: { 'long-polling': { kind: 'held polls', path: '/poll?after={after}', next: 'cursor' } },
    ...recipe('long-polling'),
  },
  'recipe-sse': { dialects: { sse: { kind: 'events', path: '/events' } }, ...recipe('sse') },
  'recipe-websocket': { dialects: { websocket: { kind: 'frames', path: '/socket' } }, ...recipe('websocket') },
  'recipe-socket-io': { dialects: { 'socket-io': socketIo }, ...recipe('socket-io') },
} satisfies Record<string, Contestant>

export type ContestantName = keyof typeof contestants

// A process that attacks servers, one attack after the other, with what they were found to suffer from (server/README.md, "What it withstands").
import { connect, type Socket } from 'node:net'
import { seededRandom } from '../../results/random.ts'
import { maskedFrame, opcodes } from '../../server/frames.ts'
import { paths } from '../../server/protocol.ts'
import { type Dialect, isStream } from '../contestants/contestant.ts'
import { requestText } from '../contestants/requests.ts'
import { serveParent } from '../machine/child.ts'

export interface AttackOrder {
  readonly ports: readonly number[]
  /** How the servers are spoken to, by transport. */
  readonly dialects: Readonly<Record<string, Dialect>>
  /** One attack this often on average. */
  readonly everyMs: number
  readonly seed: number
}

export type AttackCalls = {
  begin: { argument: AttackOrder; result: void }
  /** Gives how often each was tried. */
  stop: { argument: null; result: Readonly<Record<string, number>> }
}

/** What is left open is destroyed after so long. */
const HOLD_MS = 15_000

const sockets = new Set<Socket>()
const counts: Record<string, number> = {}
let timer: NodeJS.Timeout | undefined

/** A connection that sends `text`; it reads nothing where it is deaf. */
function send(port: number, text: string | Buffer, isDeaf = false): Socket {
  const socket = connect(port, '127.0.0.1')
  sockets.add(socket)
  const end = setTimeout(() => socket.destroy(), HOLD_MS)
  socket
    .on('error', () => {})
    .once('close', () => {
      clearTimeout(end)
      sockets.delete(socket)
    })
  if (isDeaf) socket.pause()
  else socket.resume()
  socket.write(text)
  return socket
}

const get = (path: string, host = '127.0.0.1'): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
const post = (body: string, length = body.length): string =>
  `POST ${paths.notices} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

/** A frame that is not the last of its message. */
function fragment(opcode: number): Buffer {
  const frame = maskedFrame(opcode, Buffer.alloc(opcode === opcodes.text ? 1 : 0))
  frame[0]! &= 0x7f
  return frame
}

type Attack = (port: number) => void

function attacksOf(dialects: AttackOrder['dialects']): Readonly<Record<string, Attack>> {
  const all = Object.values(dialects)
  const polls = all.filter(dialect => !isStream(dialect)).map(({ path }) => path.replace('{after}', 'earliest'))
  const held = all
    .filter(({ kind }) => kind === 'held polls')
    .map(({ path }) => path.replace(/[?&]after=\{after\}/, ''))
  const frames = all.filter(({ kind }) => kind === 'frames')
  const sessions = frames.flatMap(({ path, joinsWith }) =>
    joinsWith ? path.replace(/transport=\w+/, 'transport=polling') : [],
  )
  const upgraded = (port: number, bytes: Buffer, isDeaf = false): void => {
    for (const dialect of frames) send(port, requestText(dialect), isDeaf).write(bytes)
  }
  const ping = maskedFrame(opcodes.ping, Buffer.alloc(125))
  return {
    'polls that are not read': port => {
      for (const path of polls) for (let i = 0; i < 4; i++) send(port, get(path).repeat(30), true)
    },
    'held polls side by side': port => {
      for (const path of held) send(port, get(path).repeat(1000))
    },
    'streams that are not read': port => {
      for (const dialect of all.filter(isStream)) send(port, requestText(dialect), true)
    },
    'pings whose pongs are not read': port => upgraded(port, Buffer.concat(times(10_000, () => ping)), true),
    'fragments without end': port =>
      upgraded(port, Buffer.concat([fragment(opcodes.text), ...times(5000, () => fragment(opcodes.continuation))])),
    'frames that break the rules': port => upgraded(port, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])),
    'bodies that do not end': port => {
      for (let i = 0; i < 20; i++) send(port, post('x'.repeat(500_000), 1_000_000))
    },
    'heads that do not end': port => {
      for (let i = 0; i < 20; i++) send(port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ')
    },
    'sessions that nobody joins': port => {
      for (const path of sessions) for (let i = 0; i < 20; i++) send(port, get(path))
    },
    'JSON that is refused': port => {
      send(port, post(`{"body":${'['.repeat(200_000)}${']'.repeat(200_000)}}`))
      send(port, post(`{"body":${'1'.repeat(400_000)}}`))
    },
    'a foreign name': port => void send(port, get(paths.status, 'evil.example')),
    'connections that are reset': port => {
      for (const dialect of all) {
        const socket = send(port, requestText(dialect))
        socket.once('data', () => socket.resetAndDestroy())
      }
    },
  }
}

serveParent<AttackCalls>({
  begin({ ports, dialects, everyMs, seed }) {
    const random = seededRandom(seed)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
    const attacks = Object.entries(attacksOf(dialects))
    const next = (): void => {
      timer = setTimeout(
        () => {
          const [name, attack] = pick(attacks)
          counts[name] = (counts[name] ?? 0) + 1
          attack(pick(ports))
          next()
        },
        everyMs * (0.5 + random()),
      )
    }
    next()
  },
  stop() {
    clearTimeout(timer)
    for (const socket of sockets) socket.destroy()
    return counts
  },
})

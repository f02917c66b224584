// What goes over the wire: each transport captured through a tap, taken apart, and held against what the server counted.
import { setTimeout as wait } from 'node:timers/promises'
import type { Capture } from '../../client/anatomy/capture.ts'
import { redact } from '../../client/anatomy/redact.ts'
import { type Conversation, isUnread, type Message, totalsOf, type Way } from '../../client/codecs/conversation.ts'
import { handshakeSteps } from '../../client/codecs/handshake.ts'
import { headerOf } from '../../client/codecs/http.ts'
import { leavesOf } from '../../client/codecs/part.ts'
import type { Cell } from '../../results/cell.ts'
import { sum } from '../../results/sums.ts'
import { paths } from '../../server/protocol.ts'
import type { Status } from '../../server/status.ts'
import { follow } from '../anatomy/follow.ts'
import { HEARTBEAT_MS, plan, publications } from '../anatomy/plan.ts'
import { startTap } from '../anatomy/tap.ts'
import { conversationsOf, writtenWire } from '../anatomy/written.ts'
import { blankCell, judged } from '../cell/blank-cell.ts'
import { countsOf } from '../cell/counts.ts'
import { withServer } from '../cell/with-server.ts'
import { controlPoster, type Poster } from '../load/post.ts'
import { serverArgsOf, startServerProcess } from '../machine/server-process.ts'
import type { EngineParts, KindDriver, RoundOrder } from './kind.ts'

type TogetherOrder = RoundOrder & Pick<EngineParts, 'keep'> & { readonly transports: readonly string[] }

/** Cells of all transports, one after the other, each on a server of its own. The first round's bytes are kept with the run as `wire.md`. Throws
 * ExitError 4 where a server dies, and what `signal` was aborted with. */
export async function measureWire(order: TogetherOrder): Promise<Cell[]> {
  const cells: Cell[] = []
  const captures: Capture[] = []
  for (const [place, transport] of order.transports.entries()) {
    const { cell, capture } = await captureOne(order, transport, place)
    cells.push(cell)
    captures.push(capture)
  }
  if (order.round === 0) await order.keep('wire.md', writtenWire(captures))
  return cells
}

function captureOne(order: TogetherOrder, transport: string, place: number): Promise<{ cell: Cell; capture: Capture }> {
  const { scenario, headers, round } = order
  const { pollIntervalMs, waitMs, windowMs } = scenario
  const blank = blankCell({ scenario, transport, round, order: place })
  // What happens keeps its place in a window that is shorter or longer than it was made for; it begins once the stream is open.
  const inWindow = (atMs: number): number => (atMs * windowMs) / plan.lastsMs
  return withServer(
    order,
    () => startServerProcess([...serverArgsOf(scenario), '--heartbeat-ms', String(HEARTBEAT_MS)]),
    async (server, start) => {
      const { hostname, port } = new URL(server.url)
      const { tap } = await start(async () => {
        const opened = await startTap({ target: { host: hostname, port: Number(port) } })
        return { tap: opened, end: opened.close }
      })
      const { poster } = await start(() => {
        const opened = controlPoster(server.socketPath)
        return { poster: opened, end: async () => opened.close() }
      })
      const atRest = await server.status()
      const clock = tap.begin()
      const baseUrl = `http://127.0.0.1:${tap.port}`
      const follower = await start(() => follow({ transport, baseUrl, headers, pollIntervalMs, waitMs }))
      await Promise.race([follower.opened, follower.died])
      const openMs = clock()
      const until = (atMs: number): Promise<void> =>
        wait(Math.max(0, openMs + inWindow(atMs) - clock()), undefined, { signal: order.signal })
      const published: { seq: number; atMs: number }[] = []
      const acts = [
        ...publications.map(({ atMs, bodies }) => ({
          atMs,
          act: async () => {
            const beganMs = clock()
            published.push(...(await publish(poster, bodies)).map(seq => ({ seq, atMs: beganMs })))
          },
        })),
        { atMs: plan.upstream.atMs, act: () => follower.publish(plan.upstream.body) },
      ].sort((a, b) => a.atMs - b.atMs)
      for (const { atMs, act } of acts) {
        await until(atMs)
        await act()
      }
      await until(plan.lastsMs)
      await tap.quiet()
      await follower.end()
      await tap.quiet()
      const after = await server.status()
      const { connections, lastedMs, isFull } = tap.end()
      const counted = countedBetween(atRest, after, transport)
      const capture = redact({
        format: 'transport-lab-capture',
        version: 1,
        transport,
        isSecure: false,
        takenAt: blank.startedAt,
        client: `Node ${process.versions.node}`,
        lastedMs,
        published,
        connections,
        counted,
        redacted: [],
      })
      const notices = published.length + 1
      const cell: Cell = {
        ...blank,
        windowMs: lastedMs,
        published: notices,
        expected: notices,
        delivered: follower.seqs.length,
        lost: notices - follower.seqs.length,
        bytesIn: counted.upBytes,
        bytesOut: counted.downBytes,
        connectionsOpened: connections.length,
        wire: foundIn(conversationsOf(capture), counted),
      }
      return { cell: judged(cell, isFull ? ['more passed than a tap keeps'] : []), capture }
    },
  )
}

/** Publishes all of them at once; gives their numbers. */
async function publish(poster: Poster, bodies: readonly unknown[]): Promise<number[]> {
  const { status, text } = await poster.post(paths.notices, JSON.stringify(bodies.map(body => ({ body }))))
  if (status !== 201) throw new Error(`notices were answered with ${status}: ${text}`)
  return (JSON.parse(text) as { seqs: number[] }).seqs
}

/** At the server's sockets: on the transport's connections, and on those of nobody, where a POST is. */
function countedBetween(before: Status, after: Status, transport: string): { upBytes: number; downBytes: number } {
  const at = (status: Status, way: 'bytesIn' | 'bytesOut'): number =>
    countsOf(status, transport)[way] + status.other[way]
  return {
    upBytes: at(after, 'bytesIn') - at(before, 'bytesIn'),
    downBytes: at(after, 'bytesOut') - at(before, 'bytesOut'),
  }
}

function foundIn(
  conversations: readonly Conversation[],
  counted: { readonly upBytes: number; readonly downBytes: number },
): NonNullable<Cell['wire']> {
  const messages = conversations.flatMap(({ messages: own }) => own)
  const steps = conversations.flatMap(({ messages: own }) => stepsIn(own))
  return {
    up: { decoded: decodedIn(messages, 'up'), counted: counted.upBytes },
    down: { decoded: decodedIn(messages, 'down'), counted: counted.downBytes },
    ...totalsOf(conversations).byRole,
    ...(steps.length > 0 && { handshake: steps }),
  }
}

/** Bytes in parts of messages that could be read. */
const decodedIn = (messages: readonly Message[], way: Way): number =>
  sum(
    messages.filter(message => message.way === way && !isUnread(message)).flatMap(({ parts }) => leavesOf(parts)),
    ({ from, to }) => to - from,
  )

/** The steps of a connection's handshake, and whether both ends sent messages behind it; none where it has no handshake. */
function stepsIn(messages: readonly Message[]): NonNullable<NonNullable<Cell['wire']>['handshake']> {
  const request = messages.find(({ head }) => head?.method && headerOf(head, 'sec-websocket-key') !== null)
  if (!request) return []
  const answer = messages.find(({ way, exchange }) => way === 'down' && exchange === request.exchange)
  const sent = (way: Way): number =>
    messages.filter(one => one.frame && one.way === way && one.kind === 'message').length
  const [up, down] = [sent('up'), sent('down')]
  return [
    ...handshakeSteps(request.head!, answer?.head),
    { name: 'then', wanted: 'messages both ways', found: `${up} up, ${down} down`, isMet: up > 0 && down > 0 },
  ]
}

/** Of a server that starts, and of closing. */
const OVERHEAD_MS = 1300

export const kind = {
  measureTogether: measureWire,
  roundMs: ({ windowMs }, { transports }) => transports * (windowMs + OVERHEAD_MS),
} satisfies KindDriver

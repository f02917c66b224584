// The demo's engine: a server, lanes in a process of their own, what is published, and what a teacher asks for.
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { createLog } from '../../client/demo/log.ts'
import { isEvident } from '../../client/demo/reveal.ts'
import { freeKnobs, type Scene, sceneOf } from '../../client/demo/scenes.ts'
import { derivedSeed, seededRandom } from '../../results/random.ts'
import { phonePaths } from '../../server/demo/phone-wire.ts'
import {
  type Action,
  type DemoEvent,
  type DemoEventOf,
  demoPaths,
  type FromEngine,
  type Knobs,
  type Phase,
  type ToEngine,
} from '../../server/demo/wire.ts'
import { paths } from '../../server/protocol.ts'
import { type ExitError, serverError } from '../cli/exit.ts'
import { createPoster } from '../load/post.ts'
import { startChild } from '../machine/child.ts'
import { type ServerUnderTest, startServerProcess } from '../machine/server-process.ts'
import type { DemoBody } from './lane.ts'
import type { LanesCalls, LanesMessage } from './lanes-worker.ts'

const LANES = new URL('./lanes-worker.js', import.meta.url)
/** Longer than any client waits before it tries again: what has not come by then does not come, and the reveal has nothing to tell. */
const PATIENCE_MS = 25_000
/** Without those that look like another one. */
const LETTERS = 'ABCDEFGHJKMNPQRTUVWXYZ'

export interface EngineOrder {
  readonly host: string
  readonly port: number
  /** Where phones come in: `http://192.0.2.7:8080`, one for each address, the likeliest first; none where no phone can reach this machine. */
  readonly origins: (port: number) => readonly string[]
  readonly seed: number
  /** Takes every event, in no strict order. */
  readonly onEvents?: (events: readonly DemoEvent[]) => void
}

export interface Engine {
  readonly port: number
  readonly token: string
  readonly code: string
  readonly joinUrls: readonly string[]
  /** Does what a teacher may ask for. */
  act(action: Action): Promise<void>
  /** Resolves once the session was ended by its teacher: nothing is published any more, and what is kept is still served. */
  readonly over: Promise<void>
  /** Rejects with ExitError 4 where the server or the lanes are gone. */
  readonly died: Promise<never>
  /** Ends every process that was started; settles when they are gone. */
  end(): Promise<void>
}

/** Starts everything. Throws ExitError 4 where the server does not come up. */
export async function startEngine({ host, port, origins, seed, onEvents }: EngineOrder): Promise<Engine> {
  const token = randomBytes(16).toString('base64url')
  const code = Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  const random = seededRandom(derivedSeed(seed, 'demo', 'publisher'))
  const startedNs = process.hrtime.bigint()
  const startedAtMs = performance.timeOrigin + performance.now()
  const now = (): number => Math.round(Number(process.hrtime.bigint() - startedNs) / 1e5) / 10
  const lanes = startChild<LanesCalls>(LANES)
  let server: ServerUnderTest | undefined
  let socket: WebSocket | undefined
  let knobs: Knobs = freeKnobs
  const timers = new Set<NodeJS.Timeout>()
  let publishTimer: NodeJS.Timeout | undefined
  let healTimer: NodeJS.Timeout | undefined
  /** What reveals are judged by: of a minute, as pages have it. */
  const log = createLog()
  /** A scene whose reveal is due, and has nothing to show yet. */
  let waiting: { readonly scene: Scene; readonly untilMs: number } | undefined
  let isEnding = false
  /** By its teacher. */
  let isEnded = false

  const send = (message: FromEngine): void => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }
  /** Of no event, says that none happened. */
  const emit = (...events: DemoEvent[]): void => {
    if (events.length > 0) onEvents?.(events)
    log.add(events)
    log.trim(now(), now())
    send({ events })
  }

  async function tellBytes(piece: number): Promise<void> {
    send({ piece, bytes: await lanes.call('bytes', piece) })
  }

  async function end(): Promise<void> {
    isEnding = true
    clearScene()
    clearTimeout(publishTimer)
    clearTimeout(healTimer)
    poster?.close()
    await lanes.end('SIGKILL')
    await server?.end()
    socket?.terminate()
  }

  let poster: ReturnType<typeof createPoster> | undefined
  let posting: Promise<void> = Promise.resolve()

  /** One request of `count` notices; one after the other. */
  function publish(count: number): Promise<void> {
    const post = async (): Promise<void> => {
      // It may have waited for one before it while the session was ended.
      if (isEnded) return
      const sentMs = now()
      const body: DemoBody = { sentMs }
      const { status, text } = await poster!.post(paths.notices, JSON.stringify(Array(count).fill({ body })))
      if (status !== 201) throw serverError(`a notice was answered with ${status}: ${text}`)
      const { seqs } = JSON.parse(text) as { seqs: number[] }
      emit({ kind: 'publish', t: sentMs, seq: seqs[0]!, count })
    }
    posting = posting.then(post)
    posting.catch(error => fail(error as ExitError))
    return posting
  }

  function pace(): void {
    clearTimeout(publishTimer)
    if (knobs.ratePerSecond === 0 || isEnded) return
    const pauseMs = (1000 / knobs.ratePerSecond) * (0.7 + 0.6 * random())
    publishTimer = setTimeout(() => {
      void publish(1)
      pace()
    }, pauseMs)
  }

  async function setKnobs(next: Partial<Knobs>): Promise<void> {
    knobs = { ...knobs, ...next }
    emit({ kind: 'knobs', t: now(), ...knobs })
    await lanes.call('knobs', knobs)
    pace()
  }

  async function cut(forMs: number): Promise<void> {
    clearTimeout(healTimer)
    // Before the lanes have answered: a scene that begins meanwhile must find what it has to heal.
    healTimer = setTimeout(() => heal().catch(fail), forMs)
    emit({ kind: 'cut', t: now() })
    await lanes.call('cut', null)
  }

  async function heal(): Promise<void> {
    if (healTimer === undefined) return
    clearTimeout(healTimer)
    healTimer = undefined
    // Told first, as a cut is: one that follows at once must not be told before it.
    emit({ kind: 'heal', t: now() })
    await lanes.call('heal', null)
  }

  function clearScene(): void {
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
    waiting = undefined
  }

  async function play(id: string, phase: Phase): Promise<void> {
    const scene = sceneOf(id)
    if (!scene) return
    if (phase === 'reveal' && mustWait(scene)) return
    clearScene()
    const later = (afterMs: number, run: () => Promise<void>): void => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        run().catch(fail)
      }, afterMs)
      timers.add(timer)
    }
    if (phase !== 'reveal') await heal()
    if (phase === 'over') await setKnobs(freeKnobs)
    // A scene may be run without its question.
    else if (phase === 'ask' || phase === 'run') await setKnobs(scene.knobs)
    // Meanwhile the session may have ended, or a scene that was asked for just before this one may have set its own.
    if (isEnding || isEnded) return
    clearScene()
    let standing: DemoEventOf<'scene'> = { kind: 'scene', t: now(), scene: id, phase }
    emit(standing)
    if (phase !== 'run') return
    for (const { atMs, act: step } of scene.steps)
      later(atMs, async () => {
        await act(step)
        // Meanwhile the scene may have been left.
        if (step.action !== 'knobs' || log.newest('scene', now()) !== standing) return
        standing = { ...standing, t: now(), part: (standing.part ?? 0) + 1 }
        emit(standing)
      })
    later(scene.lastsMs, () => play(id, 'reveal'))
  }

  /** Whether a reveal comes too early: what was asked for is still under way. It is announced, and the scene goes on. */
  function mustWait(scene: Scene): boolean {
    const standing = log.newest('scene', now())
    if (standing?.scene !== scene.id || standing.phase !== 'run' || isEvident(scene, log, now())) return false
    if (waiting) return now() < waiting.untilMs
    waiting = { scene, untilMs: standing.t + scene.lastsMs + PATIENCE_MS }
    emit({ kind: 'waiting', t: now(), scene: scene.id })
    return true
  }

  async function act(action: Action): Promise<void> {
    if (isEnding || isEnded) return
    if (action.action === 'knobs') {
      const { action: _, ...next } = action
      await setKnobs(next)
    } else if (action.action === 'publish') await publish(action.count)
    else if (action.action === 'cut') await cut(action.forMs)
    else if (action.action === 'scene') await play(action.scene, action.phase)
    else if (action.action === 'end') {
      isEnded = true
      clearScene()
      clearTimeout(publishTimer)
      await heal()
      // What is under way belongs to the session: its end is the last that is told.
      await posting
      emit({ kind: 'end', t: now() })
      isOver()
    }
  }

  let isOver = (): void => {}
  let fail = (_error: ExitError): void => {}
  const over = new Promise<void>(resolve => {
    isOver = resolve
  })
  const died = new Promise<never>((_, reject) => {
    fail = error => {
      if (!isEnding) reject(error)
    }
  })
  died.catch(() => {})

  try {
    server = await startServerProcess(['--host', host, '--port', String(port)])
    server.died.catch(fail)
    lanes.process.once('exit', () => fail(serverError('the lanes ended by themselves')))
    const own = Number(new URL(server.url).port)
    const joinUrls = origins(own).map(origin => `${origin}${phonePaths.join}/${code}`)
    socket = new WebSocket(`ws+unix://${server.socketPath}:${demoPaths.engine}`)
    socket.on('error', () => {})
    await once(socket, 'open')
    socket.on('message', data => {
      const message = JSON.parse(String(data)) as ToEngine
      if ('act' in message) act(message.act).catch(fail)
      else if ('piece' in message) tellBytes(message.piece).catch(fail)
    })
    send({ start: { startedAtMs, token, code, joinUrls } })
    poster = createPoster(new URL('http://localhost'), { socketPath: server.socketPath })
    lanes.process.on('message', (message: Partial<LanesMessage>) => {
      if (!message.events) return
      emit(...message.events)
      if (waiting) play(waiting.scene.id, 'reveal').catch(fail)
    })
    const names = await lanes.call('start', { target: { host: '127.0.0.1', port: own }, startedNs, knobs, seed })
    emit({ kind: 'start', t: 0, version: 1, startedAtMs: Math.round(startedAtMs), lanes: names })
    emit({ kind: 'knobs', t: now(), ...knobs })
    pace()
    return { port: own, token, code, joinUrls, act, over, died, end }
  } catch (error) {
    await end()
    throw error
  }
}

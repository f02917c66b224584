// Several processes on one port: the primary starts the workers, is their stream, and replaces one that dies; they accept by themselves.
import cluster from 'node:cluster'
import type { Server } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chosenBy } from '../backplanes/index.ts'
import { createBodies } from '../bodies.ts'
import { selfSigned } from '../certificate.ts'
import { openControl } from '../control.ts'
import { noLimits } from '../limits.ts'
import { createMeter } from '../meter.ts'
import { openStream } from '../open-stream.ts'
import { type ServerOptions, urlOf } from '../options.ts'
import { createPublishing } from '../publishing.ts'
import { createStatus, type Status, type StatusWish } from '../status.ts'
import { createStream } from '../stream.ts'
import type { PrimaryCalls, WorkerCalls } from './calls.ts'
import { createChannel, type Port } from './channel.ts'
import { createControlServer } from './control.ts'
import { createWorkerHub, type HubWorker } from './hub.ts'
import { withWorkers } from './sum.ts'

export interface RunningWorkers {
  readonly port: number
  readonly url: string
  /** Orderly end of all; gives how many subscribers had to be cut. */
  stop(): Promise<number>
}

/** Orderly ends take 4 s at most; then there is no waiting. */
const STOP_MS = 4500
/** A worker that ended sooner than that is not started again at once. */
const SHORT_LIFE_MS = 1000
const PAUSE_MS = 500
/** A worker that does not answer so long is left out of a status. */
const STATUS_MS = 2000

interface Worker extends HubWorker {
  readonly pid: number
  /** It listens: what a process is told while it starts may be lost. */
  isServing: boolean
  readonly exited: Promise<unknown>
}

/** Starts `options.workers` processes. Rejects as `startServer` does. */
export async function startWorkers(options: ServerOptions): Promise<RunningWorkers> {
  const port = await freePort(options)
  const { log, backplane, settings } = await openStream(options)
  // One that servers share joins the workers as it joins servers on several machines.
  const isShared = chosenBy(options.backplane).entry?.example !== undefined
  const hub = isShared ? undefined : createWorkerHub(log, backplane)
  const bodies = createBodies(options.maxUnfinishedBytes)
  const own = createStatus({
    stream: createStream(log, backplane),
    meter: createMeter(),
    tallies: {},
    log: settings,
    queues: { bytes: 0, maxBytes: 0 },
    bodies,
    limits: noLimits,
    subscribers: { open: 0, max: 0, refused: 0 },
  })
  // One certificate for all, or a client would meet another one with each connection.
  const tls =
    options.tls === 'self-signed' ? { made: await selfSigned([options.host, ...options.hostNames]) } : options.tls
  const workerOptions = { ...options, tls, port, control: undefined, ...(hub && { backplane: 'primary' }) }
  const workers = new Set<Worker>()
  const pauses = new Set<NodeJS.Timeout>()
  let isUp = false
  let stopping: Promise<number> | undefined

  // All accept from one socket. Handed on in turn by the primary, a connection took it 120 µs more, the workers half as much again, and was lost
  // with a worker that died before it had it; and under load the turns were no more even (4,000 to four workers: ±14 %, so ±9 %).
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker.js', import.meta.url)), args: [] })

  /** Starts one; settles once it listens. */
  function startWorker(): Promise<void> {
    const begunMs = performance.now()
    const forked = cluster.fork()
    const child = forked.process
    return new Promise((resolve, reject) => {
      const channel = createChannel<PrimaryCalls, WorkerCalls>(child as Port, {
        options: () => workerOptions,
        started({ error }) {
          if (error) return reject(Object.assign(new Error(error.message), error))
          worker.isServing = true
          resolve()
        },
        status: () => statusOfAll({}),
        ...(hub ?? noHub).handlersOf(() => worker),
      })
      const worker: Worker = {
        pid: child.pid!,
        isServing: false,
        channel,
        exited: new Promise(resolve => child.once('exit', resolve)),
        end: () => child.kill('SIGKILL'),
      }
      workers.add(worker)
      forked.on('error', reject)
      child.once('exit', (code, signal) => {
        workers.delete(worker)
        hub?.leave(worker)
        const how = signal ?? `exit code ${code}`
        reject(new Error(`a worker ended before it listened (${how})`))
        if (stopping || !(isUp || worker.isServing)) return
        console.error(`worker ${worker.pid} ended (${how}); another one takes its place`)
        const pause = setTimeout(
          () => {
            pauses.delete(pause)
            startWorker().catch((error: Error) => console.error(`a worker could not start: ${error.message}`))
          },
          performance.now() - begunMs < SHORT_LIFE_MS ? PAUSE_MS : 0,
        )
        pauses.add(pause)
      })
    })
  }

  async function statusOfAll(wish: StatusWish): Promise<Status> {
    const asked = [...workers].flatMap(({ isServing, channel }) =>
      isServing
        ? Promise.race([channel.ask('status', wish).catch(() => undefined), wait(STATUS_MS, undefined, { ref: false })])
        : [],
    )
    const answers = await Promise.all(asked)
    return withWorkers(
      own.read(wish),
      answers.flatMap(status => status ?? []),
    )
  }

  /** Ends one in order; gives how many of its subscribers were cut. */
  async function stopWorker({ isServing, channel, pid, exited, end }: Worker): Promise<number> {
    if (!isServing) {
      end()
      await exited
      return 0
    }
    const tooLong = setTimeout(end, STOP_MS)
    const cut = await channel.ask('stop', null).catch(() => 0)
    try {
      process.kill(pid, 'SIGTERM')
    } catch {
      // It has gone by itself.
    }
    await exited
    clearTimeout(tooLong)
    return cut
  }

  async function stop(): Promise<number> {
    for (const pause of pauses) clearTimeout(pause)
    const counts = await Promise.all([...workers].map(stopWorker))
    await closeControl(control)
    await backplane.close()
    own.close()
    return counts.reduce((sum, count) => sum + count, 0)
  }

  let control: Server | undefined
  try {
    if (options.control !== undefined) {
      const publishing = createPublishing(backplane, options.publishToken, bodies)
      control = await openControl(createControlServer({ publishing, backplane, status: statusOfAll }), options.control)
    }
    await Promise.all(Array.from({ length: options.workers }, startWorker))
  } catch (error) {
    stopping = Promise.resolve(0)
    for (const { end } of workers) end()
    await Promise.all([...workers].map(({ exited }) => exited))
    await closeControl(control)
    await backplane.close()
    own.close()
    throw error
  }
  isUp = true
  return { port, url: urlOf(options.host, port, options.tls !== undefined), stop: () => (stopping ??= stop()) }
}

/** For workers that are joined by a backplane of their own: they have no question about the stream. */
const noHub: Pick<ReturnType<typeof createWorkerHub>, 'handlersOf'> = {
  handlersOf: () => {
    const refuse = (): never => {
      throw new Error('the workers of this server have a backplane of their own')
    }
    return { join: refuse, publish: refuse, position: refuse, read: refuse }
  },
}

async function closeControl(control: Server | undefined): Promise<void> {
  if (!control) return
  const closed = new Promise(resolve => control.close(resolve))
  control.closeAllConnections()
  await closed
}

/** The port to listen on: a free one for 0. Rejects as `listen` does, before any process was started. */
async function freePort({ host, port }: ServerOptions): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, resolve)
  })
  const found = (server.address() as AddressInfo).port
  await new Promise(resolve => server.close(resolve))
  return found
}

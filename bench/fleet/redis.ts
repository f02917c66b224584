// A real Redis on a free port, its files in a folder of its own; it can be stopped, killed and started again where it was.
import { connect } from 'node:net'
import { serverError } from '../cli/exit.ts'
import { makeFolder, removeFolder } from '../machine/folders.ts'
import { standStill } from '../machine/stopped.ts'
import { freePorts, type Program, startProgram } from './program.ts'

export interface RedisService {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  /** Of the process that runs now. */
  readonly pid: number
  /** Rejects with ExitError 4 once it ends by itself. */
  readonly died: Promise<never>
  pause(): Promise<void>
  resume(): void
  /** SIGKILL: what it had not written is gone. */
  kill(): Promise<void>
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>
  /** Sends one command on a connection of its own; gives the raw answer. */
  command(...words: string[]): Promise<string>
  /** Ends it and removes its folder. */
  end(): Promise<void>
}

const ANSWER_MS = 5000

/** Starts redis-server with `args` as on its command line, by default keeping nothing on disk. Throws ExitError 3 where it is not installed. */
export async function startRedis(args: readonly string[] = []): Promise<RedisService> {
  const folder = await makeFolder('redis')
  const [port] = (await freePorts(1)) as [number]
  const start = (): Promise<Program> =>
    startProgram({
      name: 'Redis',
      command: 'redis-server',
      args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...args],
      port,
      packages: 'redis-server',
    })
  let program: Program
  try {
    program = await start()
    await ready(port)
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return program.process.pid!
    },
    get died() {
      return program.died
    },
    pause: () => standStill(program.process.pid!),
    resume: () => void program.process.kill('SIGCONT'),
    kill: () => program.end('SIGKILL'),
    async restart() {
      program = await start()
      await ready(port)
    },
    command: (...words) => ask(port, words),
    async end() {
      await program.end('SIGKILL')
      await removeFolder(folder)
    },
  }
}

/** It listens before it has read its files. */
async function ready(port: number): Promise<void> {
  const deadline = performance.now() + ANSWER_MS
  while (performance.now() < deadline) {
    if (/PONG|NOAUTH/.test(await ask(port, ['PING']).catch(() => ''))) return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  throw serverError(`Redis was not ready within ${ANSWER_MS / 1000} s`)
}

function ask(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', reject)
    socket.setTimeout(ANSWER_MS, () => socket.destroy(serverError('Redis did not answer')))
    socket.on('data', chunk => {
      resolve(chunk.toString())
      socket.destroy()
    })
    socket.write(`*${words.length}\r\n${words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`)
  })
}

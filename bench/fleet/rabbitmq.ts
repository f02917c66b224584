// A RabbitMQ of our own: one small node on free ports of 127.0.0.1, all its files in a folder, paused, killed and restarted by pid.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, removeFolder } from '../machine/folders.ts'
import { standStill } from '../machine/stopped.ts'
import { freePorts, needProgram, type Program, startProgram } from './program.ts'

export interface RabbitmqService {
  /** As `--backplane` takes it. */
  readonly url: string
  readonly port: number
  /** Of the broker itself. */
  readonly pid: number
  /** Rejects with ExitError 4 once the broker ends by itself. */
  readonly died: Promise<never>
  /** SIGSTOP: it keeps its connections and answers nothing. */
  pause(): Promise<void>
  resume(): void
  /** SIGKILL; what it had handed to the kernel stays. */
  kill(): Promise<void>
  /** Starts it again, on the same port and files. */
  restart(): Promise<void>
  /** Ends it and whatever came with it, and removes its files. */
  end(): Promise<void>
}

const PACKAGES = 'rabbitmq-server'
const START_MS = 60_000
/** What is installed in /usr/sbin may change to another user and write to /var; this is what it starts in the end. */
const PLAIN = '/usr/lib/rabbitmq/bin/rabbitmq-server'

/** Starts a broker; takes 3 to 10 s. Throws ExitError 3 where RabbitMQ is not installed, 4 where it does not start. */
export async function startRabbitmq(): Promise<RabbitmqService> {
  const command = existsSync(PLAIN) ? PLAIN : needProgram('RabbitMQ', 'rabbitmq-server', PACKAGES)
  const folder = await makeFolder('rabbitmq')
  const [port, distributionPort, epmdPort] = (await freePorts(3)) as [number, number, number]
  const env = await settle(folder, port, distributionPort, epmdPort)
  let mapper: Program | undefined
  let broker: Program | undefined

  async function start(): Promise<void> {
    broker = await startProgram({
      name: 'RabbitMQ',
      command,
      args: [],
      env,
      port,
      packages: PACKAGES,
      startMs: START_MS,
    })
  }

  async function end(signal?: NodeJS.Signals): Promise<void> {
    await broker?.end(signal)
    await mapper?.end()
    await removeFolder(folder)
  }

  try {
    // Erlang starts its port mapper as a daemon that outlives it, unless one is there.
    const args = ['-port', String(epmdPort), '-address', '127.0.0.1']
    mapper = await startProgram({ name: 'epmd', command: 'epmd', args, env, port: epmdPort, packages: PACKAGES })
    await start()
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
  return {
    url: `rabbitmq://127.0.0.1:${port}`,
    port,
    get pid() {
      return broker!.process.pid!
    },
    get died() {
      return broker!.died
    },
    pause: () => standStill(broker!.process.pid!),
    resume: () => void broker!.process.kill('SIGCONT'),
    kill: () => broker!.end('SIGKILL'),
    restart: start,
    // Nobody needs its files any more, so it need not put them in order.
    end: () => end('SIGKILL'),
  }
}

/** Writes the broker's settings; gives the environment that leads it to them and to nothing of the machine's own RabbitMQ. */
async function settle(
  folder: string,
  port: number,
  distributionPort: number,
  epmdPort: number,
): Promise<Record<string, string>> {
  const file = (name: string) => join(folder, name)
  await Promise.all(['data', 'log'].map(name => mkdir(file(name))))
  const settings = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'disk_free_limit.absolute = 50MB',
    'vm_memory_high_watermark.absolute = 512MB',
    'collect_statistics_interval = 60000',
    'log.file.level = warning',
  ]
  await writeFile(file('rabbitmq.conf'), `${settings.join('\n')}\n`)
  await writeFile(file('plugins'), '[].\n')
  return {
    HOME: folder,
    RABBITMQ_NODENAME: `lab-${randomBytes(4).toString('hex')}@localhost`,
    RABBITMQ_USE_LONGNAME: 'false',
    RABBITMQ_CONF_ENV_FILE: file('none'),
    RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: file('none.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('plugins'),
    RABBITMQ_MNESIA_BASE: file('data'),
    RABBITMQ_LOG_BASE: file('log'),
    RABBITMQ_PID_FILE: file('pid'),
    ERL_CRASH_DUMP: file('crash'),
    RABBITMQ_DIST_PORT: String(distributionPort),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +SDio 1 +A 1 -kernel inet_dist_use_interface {127,0,0,1}',
    // The script then becomes the broker, instead of waiting for one that would outlive it.
    RUNNING_UNDER_SYSTEMD: 'true',
  }
}

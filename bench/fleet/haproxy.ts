// HAProxy before several servers: its configuration, and the process on a free port of loopback.
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { serverError } from '../cli/exit.ts'
import { makeFolder, removeFolder } from '../machine/folders.ts'
import { freePorts, type Program, startProgram } from './program.ts'

export interface Backend {
  /** Stands in the configuration and, where sessions are sticky, in the cookie. */
  readonly name: string
  /** `HOST:PORT` */
  readonly address: string
}

export interface BalancerOrder {
  /** Where it listens, as HAProxy's `bind` takes it. */
  readonly bind: string
  readonly servers: readonly Backend[]
  /** Keep a client with its server, by a cookie. */
  readonly isSticky: boolean
  /** Say in X-Forwarded-For whom a request is from; the servers must trust it (--trust-proxy). */
  readonly namesClients?: boolean
  /** Most connections at once; each takes two descriptors. */
  readonly maxConnections: number
  /** Path of the Unix socket of its Runtime API; absent = it has none. */
  readonly adminSocket?: string | undefined
}

export interface Balancer {
  readonly url: string
  readonly pid: number
  readonly configuration: string
  readonly died: Promise<never>
  /** `drain`: it gives the server nothing new and leaves what is open; `ready`: the server takes part again, once a look finds it up. */
  setState(server: string, state: 'drain' | 'ready'): Promise<void>
  /** Settles once its own looks find the server up. Throws ExitError 4 where they do not within `withinMs`. */
  untilUp(server: string, withinMs: number): Promise<void>
  end(): Promise<void>
}

const BACKEND = 'servers'
/** `srv_op_state` and `srv_admin_state` of a server that takes part (HAProxy's management guide, "show servers state"). */
const RUNNING = { operation: '2', administration: '0' }
const ADMIN_MS = 5000
const LOOK_EVERY_MS = 20

/**
 * A configuration for streams and held polls. `/healthz` and not `/readyz` is asked: that one goes red on every server at once when the backplane is
 * away, and nobody would be served what the servers still have. A request that met a dead server goes to another one, so that a killed server
 * costs no 503 (`redispatch`, `retry-on`), and one look that finds it dead is enough (`inter`, `fall`): a port where nobody listens says so at once,
 * while a server that is only busy has a second to answer (`timeout check`). A stream is a tunnel for HAProxy once it
 * is a WebSocket, and an answer without an end before; both live on the server's heartbeats, so the timeouts are well above 15 s.
 */
export const haproxyConfiguration = ({
  bind,
  servers,
  isSticky,
  namesClients = false,
  maxConnections,
  adminSocket,
}: BalancerOrder): string => `global
  maxconn ${maxConnections}
  nbthread 1${adminSocket === undefined ? '' : `\n  stats socket ${adminSocket} mode 600 level admin`}

defaults
  mode http
  timeout connect 2s
  timeout check 1s
  timeout client 90s
  timeout server 90s
  timeout tunnel 90s
  timeout http-keep-alive 90s
  option redispatch 1
  retries 3
  retry-on conn-failure 503
  http-reuse safe${namesClients ? '\n  option forwardfor' : ''}

frontend lab
  bind ${bind}
  default_backend ${BACKEND}

backend ${BACKEND}
  balance roundrobin
  option httpchk GET /healthz
  default-server check inter 200ms fall 1 rise 1${
    isSticky
      ? `
  cookie LAB_SERVER insert indirect nocache httponly`
      : ''
  }
${servers.map(({ name, address }) => `  server ${name} ${address}${isSticky ? ` cookie ${name}` : ''}`).join('\n')}
`

export interface StartOrder extends Omit<BalancerOrder, 'bind' | 'adminSocket'> {
  /** Certificate and key: it speaks https. */
  readonly pem?: string | undefined
  /** Its servers will be taken out and put back. */
  readonly isAdministered?: boolean
}

/** Starts HAProxy. Throws ExitError 3 where it is not installed, 4 where it does not listen. */
export async function startHaproxy(order: StartOrder): Promise<Balancer> {
  const folder = await makeFolder('haproxy')
  let program: Program | undefined
  const end = async (): Promise<void> => {
    await program?.end('SIGKILL')
    await removeFolder(folder)
  }
  try {
    const [port] = (await freePorts(1)) as [number]
    const adminSocket = order.isAdministered ? join(folder, 'admin') : undefined
    const certificate = join(folder, 'certificate.pem')
    if (order.pem !== undefined) await writeFile(certificate, order.pem, { mode: 0o600 })
    const secure = order.pem === undefined ? '' : ` ssl crt ${certificate} alpn http/1.1`
    const configuration = haproxyConfiguration({ ...order, adminSocket, bind: `127.0.0.1:${port}${secure}` })
    const file = join(folder, 'haproxy.cfg')
    await writeFile(file, configuration)
    program = await startProgram({
      name: 'HAProxy',
      command: 'haproxy',
      args: ['-f', file, '-db'],
      port,
      packages: 'haproxy',
    })
    return {
      url: `http${order.pem === undefined ? '' : 's'}://127.0.0.1:${port}`,
      pid: program.process.pid!,
      configuration,
      died: program.died,
      async setState(server, state) {
        const said = await ask(adminSocket, `set server ${BACKEND}/${server} state ${state}`)
        if (said !== '') throw serverError(`HAProxy did not set ${server} to ${state}: ${said}`)
      },
      async untilUp(server, withinMs) {
        const deadline = performance.now() + withinMs
        while (!isUp(await ask(adminSocket, `show servers state ${BACKEND}`), server)) {
          if (performance.now() > deadline)
            throw serverError(`HAProxy did not find ${server} up within ${withinMs / 1000} s`)
          await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
        }
      },
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** Sends one command to the Runtime API; gives what it says to it, which is nothing where there is nothing to say. */
function ask(socketPath: string | undefined, command: string): Promise<string> {
  if (socketPath === undefined) throw new Error('HAProxy was not started to be administered')
  return new Promise((resolve, reject) => {
    let said = ''
    const socket = connect(socketPath)
    socket.setEncoding('utf8')
    socket.setTimeout(ADMIN_MS, () => socket.destroy(serverError(`HAProxy did not answer to: ${command}`)))
    socket.on('error', reject)
    socket.on('data', text => {
      said += text
    })
    socket.on('end', () => resolve(said.trim()))
    socket.write(`${command}\n`)
  })
}

/** Whether a server takes part, from the table of "show servers state", whose columns the line that begins with # names. */
function isUp(table: string, server: string): boolean {
  const lines = table.split('\n').map(line => line.split(' '))
  const columns = lines.find(([first]) => first === '#')?.slice(1) ?? []
  const row = lines.find(fields => fields[columns.indexOf('srv_name')] === server)
  return (
    row !== undefined &&
    row[columns.indexOf('srv_op_state')] === RUNNING.operation &&
    row[columns.indexOf('srv_admin_state')] === RUNNING.administration
  )
}

// HAProxy before several servers: its configuration, and the process on a free port of loopback.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
}

export interface Balancer {
  readonly url: string
  readonly pid: number
  readonly configuration: string
  readonly died: Promise<never>
  end(): Promise<void>
}

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
}: BalancerOrder): string => `global
  maxconn ${maxConnections}
  nbthread 1

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
  default_backend servers

backend servers
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

/** Starts HAProxy. With `pem` (certificate and key) it speaks https. Throws ExitError 3 where it is not installed, 4 where it does not listen. */
export async function startHaproxy(
  order: Omit<BalancerOrder, 'bind'> & { readonly pem?: string | undefined },
): Promise<Balancer> {
  const folder = await makeFolder('haproxy')
  let program: Program | undefined
  const end = async (): Promise<void> => {
    await program?.end('SIGKILL')
    await removeFolder(folder)
  }
  try {
    const [port] = (await freePorts(1)) as [number]
    const certificate = join(folder, 'certificate.pem')
    if (order.pem !== undefined) await writeFile(certificate, order.pem, { mode: 0o600 })
    const secure = order.pem === undefined ? '' : ` ssl crt ${certificate} alpn http/1.1`
    const configuration = haproxyConfiguration({ ...order, bind: `127.0.0.1:${port}${secure}` })
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
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

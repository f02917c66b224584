// The anatomy's engine: a server with short heartbeats, the tap before it, and what pages ask for through that server.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { plainOf } from '../../client/anatomy/capture.ts'
import { plainTry, type Step, steps, type Try } from '../../client/anatomy/tries.ts'
import { anatomyPaths, type CountCalls, type TapCalls } from '../../server/anatomy/wire.ts'
import { createChannel } from '../../server/workers/channel.ts'
import { webSocketPort } from '../../server/workers/web-socket-port.ts'
import { controlPoster } from '../load/post.ts'
import { type ServerUnderTest, startServerProcess, tlsArgs } from '../machine/server-process.ts'
import { createCapturing } from './capturing.ts'
import { tryHandshake } from './handshake.ts'
import { HEARTBEAT_MS } from './plan.ts'
import { startTap, type Tap } from './tap.ts'

export interface AnatomyOrder {
  /** Where the tap listens on 127.0.0.1; 0: any free port. */
  readonly port: number
  /** The server speaks TLS, with a certificate made on the fly. */
  readonly tls: boolean
  /** How long a capture goes on that nobody ends. */
  readonly lastsMs?: number
}

export interface AnatomyEngine {
  readonly port: number
  /** Through the tap: `http://127.0.0.1:8080`. */
  readonly origin: string
  /** Sends a handshake to the server. */
  try(step: Step): Promise<Try>
  /** Rejects with ExitError 4 where the server is gone. */
  readonly died: Promise<never>
  /** Ends everything that was started; settles when it is gone. */
  end(): Promise<void>
}

/** Starts everything. Throws ExitError 4 where the server does not come up, and what `listen` throws where the port is taken. */
export async function startAnatomy({ port, tls, lastsMs }: AnatomyOrder): Promise<AnatomyEngine> {
  const ends: (() => unknown)[] = []
  const end = async (): Promise<void> => {
    for (const each of ends.splice(0).reverse()) await each()
  }
  let server: ServerUnderTest
  let tap: Tap
  try {
    server = await startServerProcess(['--heartbeat-ms', String(HEARTBEAT_MS), ...tlsArgs({ tls })])
    ends.push(() => server.end())
    const target = { host: '127.0.0.1', port: Number(new URL(server.url).port) }
    tap = await startTap({ listenPort: port, target })
    ends.push(() => tap.close())
    const poster = controlPoster(server.socketPath)
    ends.push(() => poster.close())
    const socket = new WebSocket(`ws+unix://${server.socketPath}:${anatomyPaths.tap}`)
    ends.push(() => socket.terminate())
    await once(socket, 'open')
    socket.on('error', () => {})
    const capturing = createCapturing({
      tap,
      poster,
      count: () => channel.ask('count', null),
      isSecure: tls,
      ...(lastsMs !== undefined && { lastsMs }),
    })
    ends.push(capturing.close)
    const host = `127.0.0.1:${tap.port}`
    const send = (step: Step): Promise<Try> => tryHandshake(step, { port: target.port, isSecure: tls, host })
    const channel = createChannel<TapCalls, CountCalls>(webSocketPort(socket), {
      begin: capturing.begin,
      end: async wish => plainOf(await capturing.end(wish)),
      async try({ step }) {
        const known = steps.find(each => each === step)
        if (!known) throw new Error(`"step" must be one of ${steps.join(', ')}, got ${JSON.stringify(step)}`)
        return plainTry(await send(known))
      },
    })
    await channel.ask('hello', { steps })
    return { port: tap.port, origin: `http${tls ? 's' : ''}://${host}`, try: send, died: server.died, end }
  } catch (error) {
    await end()
    throw error
  }
}

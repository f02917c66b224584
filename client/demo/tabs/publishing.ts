// Something to deliver: a notice where nobody else publishes. Over a frame of a WebSocket, which needs none of a browser's few connections: a POST
// would wait behind the very streams that it is for.
import { deliveryPath } from '../../../server/protocol.ts'
import { type ClientEntry, clientTransports } from '../../transports/index.ts'

/** After so long without a notice one is published. */
const QUIET_MS = 2000
const TICK_MS = 500

const [framed] = Object.entries<ClientEntry>(clientTransports).find(([, { upstream }]) => upstream === 'frames')!

/** Publishes while `isWanted`. `onRefused` is told why it may not, and then it does not any more. Ends once `signal` aborts. */
export function publishWhereQuiet(
  baseUrl: string,
  isWanted: () => boolean,
  onRefused: (reason: string) => void,
  signal: AbortSignal,
): void {
  const url = new URL(deliveryPath(framed), baseUrl)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  let socket: WebSocket | undefined
  let heardMs = 0
  let published = 0

  function stop(): void {
    clearInterval(timer)
    socket?.close()
  }

  function open(): void {
    const own = new WebSocket(url)
    socket = own
    heardMs = performance.now()
    own.onmessage = ({ data }) => {
      const { seq, ref, error } = JSON.parse(String(data)) as { seq?: number; ref?: number; error?: string }
      if (seq !== undefined && ref === undefined) heardMs = performance.now()
      if (error === undefined) return
      stop()
      onRefused(error)
    }
    own.onclose = () => {
      if (socket === own) socket = undefined
    }
  }

  function tick(): void {
    if (!isWanted()) return socket?.close()
    if (!socket) return open()
    if (socket.readyState !== WebSocket.OPEN || performance.now() - heardMs < QUIET_MS) return
    heardMs = performance.now()
    socket.send(JSON.stringify({ ref: published, publish: { published: ++published } }))
  }

  const timer = setInterval(tick, TICK_MS)
  signal.addEventListener('abort', stop, { once: true })
}

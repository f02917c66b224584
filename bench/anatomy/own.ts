// Which of the tapped bytes are a capture's: what its transport and the page's publishing sent and got. Whatever else a browser asked meanwhile is left out.
import type { CapturedConnection, CountedBytes } from '../../client/anatomy/capture.ts'
import { latin1 } from '../../client/codecs/bytes.ts'
import type { Count } from '../../server/anatomy/wire.ts'
import { deliveryPath, paths } from '../../server/protocol.ts'
import type { TappedConnection } from './tap.ts'

export interface Own {
  readonly connections: readonly CapturedConnection[]
  /** Absent where the server counted more over these connections than is the capture's, or does not know one of them. */
  readonly counted?: CountedBytes
}

/** As much of a request as its target is looked for in. */
const TARGET_BYTES = 2048

/**
 * Of connections to a server that counted `counts`, those of `transport`, without what was asked over them besides. Of TLS nobody
 * sees what is asked: there it is the server that says which connections carried something else, and those are left out whole.
 */
export function ownOf(
  tapped: readonly TappedConnection[],
  counts: readonly Count[],
  transport: string,
  isSecure: boolean,
): Own {
  const byPort = new Map(counts.map(count => [count.port, count]))
  const connections: CapturedConnection[] = []
  const counted = { upBytes: 0, downBytes: 0 }
  let isCounted = true
  for (const { serverPort, ...connection } of tapped) {
    const count = byPort.get(serverPort ?? 0)
    const chunks = isSecure ? (count?.isMixed ? [] : connection.chunks) : ownChunks(connection, transport)
    // A browser also opens connections that it then does not need.
    if (chunks.length === 0) continue
    const isWhole = chunks.length === connection.chunks.length
    const { openedMs } = connection
    const isLast = chunks.at(-1) === connection.chunks.at(-1)
    connections.push(isLast ? { ...connection, chunks } : { openedMs, chunks })
    if (!count || count.isMixed || !isWhole) isCounted = false
    else {
      counted.upBytes += count.bytesIn
      counted.downBytes += count.bytesOut
    }
  }
  return { connections, ...(isCounted && { counted }) }
}

/** Those of requests for what is its own, and of their answers. Browsers send no request before the one before it is answered, so that each begins a read. */
function ownChunks({ chunks }: CapturedConnection, transport: string): CapturedConnection['chunks'] {
  const path = deliveryPath(transport)
  const own = [path, `${path}/`, paths.notices]
  let isOwn = false
  return chunks.filter(({ way, bytes }) => {
    const target =
      way === 'up' &&
      /^[A-Z]+ (\S+) HTTP\/1/.exec(latin1(bytes, 0, Math.min(bytes.length, TARGET_BYTES)))?.[1]?.split('?')[0]
    if (target) isOwn = own.includes(target)
    return isOwn
  })
}

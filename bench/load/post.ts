// Publishing over one connection, with as little work as our subscribers have: a general client's idle-connection checks spin while the core is
// wanted by others.
import { createHttp, type Http, type HttpOptions } from '../../client/network/http.ts'
import { paths } from '../../server/protocol.ts'

export interface Poster {
  /** POSTs JSON text; one at a time. Rejects where the connection fails. */
  post(path: string, json: string): Promise<{ readonly status: number; readonly text: string }>
  /** Opens the connection by a GET. */
  open(path: string): Promise<void>
  close(): void
}

type Begin = (http: Http, handlers: Parameters<Http['get']>[2]) => void

export function createPoster(origin: URL, options: Pick<HttpOptions, 'socketPath'> = {}): Poster {
  const http = createHttp(origin, { ...options, keepAlive: true, thresholdMs: 1000 })
  const answerTo = (begin: Begin): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      let status = 0
      let text = ''
      begin(http, {
        onHead(answered) {
          status = answered
        },
        onData(chunk) {
          text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString()
        },
        onEnd: () => resolve({ status, text }),
        onError: reject,
      })
    })
  return {
    post: (path, json) => answerTo((http, handlers) => http.post(path, '', json, handlers)),
    async open(path) {
      await answerTo((http, handlers) => http.get(path, '', handlers))
    },
    close: () => http.close(),
  }
}

/** A poster on a server's control socket. */
export const controlPoster = (socketPath: string): Poster => createPoster(new URL('http://localhost'), { socketPath })

/** Publishes one notice, whose body is given as JSON text; gives when it was appended, ns of the monotonic clock. Throws where it is refused. */
export async function publishNotice(poster: Poster, body: string): Promise<bigint> {
  const { status, text } = await poster.post(paths.notices, `{"body":${body}}`)
  if (status !== 201) throw new Error(`a notice was answered with ${status}: ${text}`)
  return BigInt((JSON.parse(text) as { appendedNs: string }).appendedNs)
}

/** As `publishNotice`, on a connection of its own. */
export async function publishOnce({ socketPath }: { readonly socketPath: string }, body: string): Promise<bigint> {
  const poster = controlPoster(socketPath)
  try {
    return await publishNotice(poster, body)
  } finally {
    poster.close()
  }
}

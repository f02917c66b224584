// Publishing over one connection, with as little work as our subscribers have: a general client's idle-connection checks spin while the core is
// wanted by others.
import { createHttp, type Http, type HttpOptions } from '../../client/network/http.ts'

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

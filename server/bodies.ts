// Bodies of requests, read whole: so many bytes of one, and so many of all that have not ended yet.
import type { IncomingMessage } from 'node:http'
import { Problem } from './problem.ts'

export interface Bodies {
  /** The body of a request. Throws Problem 413 for a longer one, 503 where it is the longest of too much that has not ended, 400 where it ends early. */
  read(req: IncomingMessage, mostBytes: number): Promise<Buffer>
  /** Kept now for bodies that have not ended. */
  readonly bytes: number
  readonly maxBytes: number
}

interface Unfinished {
  /** What it takes, which may be more than what has come. */
  bytes: number
  refuse(problem: Problem): void
}

// The rest of a refused request is not read, so the connection cannot be used again.
const closing = { Connection: 'close' }

export function createBodies(maxBytes: number): Bodies {
  const unfinished = new Set<Unfinished>()
  let bytes = 0

  function grow(body: Unfinished, to: number): void {
    bytes += to - body.bytes
    body.bytes = to
    while (bytes > maxBytes) {
      let longest = body
      for (const each of unfinished) if (each.bytes > longest.bytes) longest = each
      longest.refuse(
        new Problem(503, `at most ${maxBytes} bytes of unfinished requests are kept, and this is the longest`, {
          'Retry-After': '1',
          ...closing,
        }),
      )
      if (longest === body) return
    }
  }

  return {
    maxBytes,
    get bytes() {
      return bytes
    },
    read(req, mostBytes) {
      const tooLarge = (size: string) =>
        new Problem(413, `a request must be at most ${mostBytes} bytes, got ${size}`, closing)
      const announced = req.headers['content-length']
      const most = announced === undefined ? mostBytes : Number(announced)
      if (most > mostBytes) return Promise.reject(tooLarge(String(most)))

      return new Promise((resolve, reject) => {
        // One buffer that grows: a body may come byte by byte, and a buffer for each takes a hundred times as much.
        let kept: Buffer | undefined
        let length = 0
        const body: Unfinished = {
          bytes: 0,
          refuse(problem) {
            leave()
            req.resume()
            reject(problem)
          },
        }
        const onData = (chunk: Buffer): void => {
          const needed = length + chunk.length
          if (needed > mostBytes) return body.refuse(tooLarge('more'))
          if (!kept) kept = chunk
          else {
            if (needed > kept.length) {
              const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, 2 * kept.length), most))
              kept.copy(grown, 0, 0, length)
              kept = grown
            }
            chunk.copy(kept, length)
          }
          length = needed
          if (kept.length > body.bytes) grow(body, kept.length)
        }
        const onEnd = (): void => {
          const whole = kept?.subarray(0, length) ?? Buffer.alloc(0)
          leave()
          resolve(whole)
        }
        const onClose = (): void => {
          leave()
          reject(new Problem(400, 'the request ended early'))
        }

        function leave(): void {
          unfinished.delete(body)
          bytes -= body.bytes
          body.bytes = 0
          kept = undefined
          req.removeListener('data', onData).removeListener('end', onEnd)
        }

        unfinished.add(body)
        req.on('data', onData).once('end', onEnd).once('error', onClose).once('close', onClose)
      })
    },
  }
}

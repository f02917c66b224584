// What a page may ask of the demo and the anatomy: only where it came from, and with a small JSON object whose keys are known.
import type { IncomingMessage } from 'node:http'
import { Problem, quote } from './problem.ts'

const MAX_BODY_BYTES = 2048

/** A page may act only where it came from. Throws Problem 403. */
export function checkOrigin(req: IncomingMessage): void {
  const { origin, host } = req.headers
  if (origin === undefined) return
  if (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()) return
  throw new Problem(403, `a page of ${quote(origin)} may not act here`)
}

/** The JSON object of a request. Throws Problem 415, 413 or 400. */
export async function readObject(req: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const type = req.headers['content-type'] ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new Problem(415, `the body must be application/json, got ${quote(type)}`)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES)
        throw new Problem(413, `the body may have ${MAX_BODY_BYTES} bytes`, { Connection: 'close' })
      chunks.push(chunk)
    }
  } catch (error) {
    // All that can fail besides is that whoever sends it goes away.
    throw error instanceof Problem ? error : new Problem(400, 'the request ended early')
  }
  let value: unknown
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw new Problem(400, `the body is not JSON: ${(error as Error).message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Problem(400, `the body must be an object, got ${quote(value)}`)
  return value as Record<string, unknown>
}

/** Throws Problem 400 for a key that is none of `allowed`. */
export function checkKeys(body: Readonly<Record<string, unknown>>, allowed: readonly string[]): void {
  for (const key of Object.keys(body))
    if (!allowed.includes(key)) throw new Problem(400, `${quote(key)} is not known here; known: ${allowed.join(', ')}`)
}

/** A number of `body` from `min` to `max`, whole unless said otherwise. Throws Problem 400. */
export function numberOf(
  body: Readonly<Record<string, unknown>>,
  key: string,
  { min, max, isWhole = true }: { readonly min: number; readonly max: number; readonly isWhole?: boolean },
): number {
  const value = Object.hasOwn(body, key) ? body[key] : undefined
  if (typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value
  throw new Problem(
    400,
    `"${key}" must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}, got ${quote(value)}`,
  )
}

// Publishing: what a request or an upstream frame must look like, who may send it, and the hand-over to the backplane.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Backplane, BackplaneAway, OutcomeUnknown, type Publication } from './backplanes/backplane.ts'
import type { Bodies } from './bodies.ts'
import type { Allowance } from './limits.ts'
import { Problem, quote } from './problem.ts'
import { formatCursor, limits, publishIdPattern } from './protocol.ts'
import { isRecord } from './record.ts'

/** An upstream frame, its shape checked; its body not yet. */
export interface PublishFrame {
  readonly ref: number | string
  readonly publish: unknown
  readonly id?: unknown
  readonly token?: unknown
  readonly text: string
}

/** What a connection may do for the way it came. */
export interface Rights {
  /** Came over the control socket: needs no token, has no limits, and is told when its notices were appended. */
  readonly isTrusted: boolean
  /** A page of another origin, which may subscribe at most. */
  readonly isForeign: boolean
}

/** Who publishes. */
export interface Publisher extends Rights {
  /** What it may still do; undefined where it has no limits. */
  readonly allowance?: Allowance | undefined
}

export interface Publishing {
  /** Answers a publish request. */
  handle(req: IncomingMessage, res: ServerResponse, by: Publisher): Promise<void>
  /** An upstream frame, or the reason why it breaks the protocol (close 1008). */
  parseFrame(text: string): PublishFrame | string
  /** Publishes an upstream frame; gives its seq. Throws Problem. */
  publishFrame(frame: PublishFrame, by: Publisher): Promise<number>
  /** Publishes one body on behalf of a transport with upstream of its own; gives its seq. Throws Problem. */
  publishBody(by: Publisher, body: unknown, id?: unknown, token?: unknown): Promise<number>
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export function createPublishing(backplane: Backplane, token: string | undefined, bodies: Bodies): Publishing {
  const expected = token === undefined ? undefined : digest(token)
  const isRight = (given: unknown): boolean =>
    expected === undefined || (typeof given === 'string' && timingSafeEqual(digest(given), expected))

  /** Throws Problem 403, 429, or 401 with these words. */
  function admit({ isTrusted, isForeign, allowance }: Publisher, given: unknown, where: string, headers = {}): void {
    if (isForeign) throw new Problem(403, 'a page of another origin may not publish here')
    if (isTrusted || expected === undefined) return
    // Before it is looked at: where the right one went through, guesses would go on.
    allowance?.tryToken()
    if (isRight(given)) return allowance?.rightToken()
    // One that sends none does not guess.
    if (given !== undefined) allowance?.wrongToken()
    throw new Problem(401, `publishing needs the server's publish token${where}`, headers)
  }

  async function publish({ isTrusted, allowance }: Publisher, publications: readonly Publication[]) {
    if (!isTrusted) allowance?.publish(publications.length)
    try {
      return await backplane.publish(publications)
    } catch (error) {
      if (error instanceof BackplaneAway)
        throw new Problem(503, `nothing was published: ${error.message}`, { 'Retry-After': '1' })
      if (error instanceof OutcomeUnknown)
        throw new Problem(504, `outcome unknown: ${error.message}; only a retry with the same "id" is safe`)
      throw error
    }
  }

  async function publishBody(
    by: Publisher,
    body: unknown,
    id: unknown,
    given: unknown,
    text?: string,
  ): Promise<number> {
    admit(by, given, ' in "token"')
    const publication = toPublication(text === undefined ? unknownLooks : looksOf(text, 1), body, id, '')
    const { seqs } = await publish(by, [publication])
    return seqs[0]!
  }

  return {
    async handle(req, res, by) {
      admit(by, bearerOf(req), ': "Authorization: Bearer …"', { 'WWW-Authenticate': 'Bearer' })
      checkContentType(req)
      const text = textOf(await bodies.read(req, limits.requestBytes))
      const publications = parsePublications(text)
      const { epoch, seqs, head, appendedNs } = await publish(by, publications)
      const when = by.isTrusted ? `,"appendedNs":"${appendedNs}"` : ''
      const cursor = formatCursor(epoch, head)
      const body = Buffer.from(`{"cursor":"${cursor}","seqs":[${seqs.join(',')}]${when}}`)
      res.writeHead(201, [
        'Content-Type',
        'application/json; charset=utf-8',
        'Cache-Control',
        'no-store',
        'Content-Length',
        String(body.length),
      ])
      res.end(body)
    },
    parseFrame(text) {
      const frame = parseJson(text)
      if (!isRecord(frame)) return 'a frame must be a JSON object {"publish", "ref"}'
      for (const key of Object.keys(frame))
        if (!['publish', 'ref', 'id', 'token'].includes(key))
          return `a frame has "publish", "ref", "id" and "token"; unknown: ${key.slice(0, 40)}`
      const { ref } = frame
      if (!('publish' in frame)) return 'a frame must have "publish"'
      const isRef = (typeof ref === 'number' && Number.isFinite(ref)) || (typeof ref === 'string' && ref.length <= 64)
      if (!isRef) return '"ref" must be a number or a string of at most 64 characters'
      return { publish: frame.publish, ref: ref as number | string, id: frame.id, token: frame.token, text }
    },
    publishFrame: (frame, by) => publishBody(by, frame.publish, frame.id, frame.token, frame.text),
    publishBody,
  }
}

function bearerOf(req: IncomingMessage): string | undefined {
  return /^Bearer +(.+)$/i.exec(req.headers.authorization ?? '')?.[1]
}

function checkContentType(req: IncomingMessage): void {
  const [type = '', ...parameters] = (req.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map(part => part.trim())
  if (type !== 'application/json')
    throw new Problem(415, `the content type must be application/json, got ${quote(type)}`)
  const charset = parameters.find(parameter => parameter.startsWith('charset='))
  if (charset && !/^charset="?utf-8"?$/.test(charset))
    throw new Problem(415, `the charset must be utf-8, got ${quote(charset)}`)
  const encoding = req.headers['content-encoding']
  if (encoding && encoding.toLowerCase() !== 'identity')
    throw new Problem(415, `the content encoding must be identity, got ${quote(encoding)}`)
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new Problem(400, 'the request must be UTF-8')
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]
const [DIGIT_0, DIGIT_9, UPPER_E, LOWER_E] = [0x30, 0x39, 0x45, 0x65]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** The parsed JSON, or undefined: JSON itself has no undefined. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The notices of a publish request, one or an array. Linear in its length. Throws Problem 400 or 413. */
export function parsePublications(text: string): Publication[] {
  const isArray = /^[ \t\r\n]*\[/.test(text)
  const looks = looksOf(text, isArray ? 2 : 1)
  // Parsed, each bracket takes some twenty times what it is: what is refused anyway is not.
  if (looks.isTooDeep) throw new Problem(400, `"body" must be nested at most ${limits.bodyDepth} deep`)
  const parsed = parseJson(text)
  if (parsed === undefined) throw new Problem(400, `the request must be JSON, got ${quote(text.slice(0, 60))}`)
  const isMany = Array.isArray(parsed)
  const items: unknown[] = isMany ? parsed : [parsed]
  if (items.length < 1 || items.length > limits.publishCount)
    throw new Problem(400, `an array must hold 1 to ${limits.publishCount} notices, got ${items.length}`)
  return items.map((item, index) => {
    const where = isMany ? `[${index}]` : ''
    if (!isRecord(item)) throw new Problem(400, `notice${where} must be an object {"body", "id"?}, got ${quote(item)}`)
    for (const key of Object.keys(item))
      if (key !== 'body' && key !== 'id')
        throw new Problem(400, `notice${where} has "body" and "id" only, got ${quote(key)}`)
    if (!('body' in item)) throw new Problem(400, `notice${where} must have a "body"`)
    return toPublication(looks, item.body, item.id, where)
  })
}

/** Fewer digits without an exponent are below 1.8e308. */
const LONG_NUMBER = 300
/** What a JSON text may hold that its bodies have to be looked at for, one by one. */
interface Looks {
  /** A number beyond ±1.8e308: one with an exponent, or a very long one. */
  readonly isHuge: boolean
  /** Arrays and objects within each other beyond what a body may have. */
  readonly isDeep: boolean
  /** Beyond what any request may have. */
  readonly isTooDeep: boolean
}

/** A body that came parsed. */
const unknownLooks: Looks = { isHuge: true, isDeep: true, isTooDeep: false }

/** One pass, whatever the text: it is a stranger's. `around`: arrays and objects around each body. */
function looksOf(text: string, around: number): Looks {
  let isHuge = false
  let deepest = 0
  let digits = 0
  let depth = 0
  let isText = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (isText) {
      if (code === BACKSLASH) i++
      else if (code === QUOTE) isText = false
    } else if (code >= DIGIT_0 && code <= DIGIT_9) {
      if (++digits >= LONG_NUMBER) isHuge = true
    } else {
      if (digits > 0 && (code === LOWER_E || code === UPPER_E)) isHuge = true
      digits = 0
      if (code === QUOTE) isText = true
      else if (code === OPEN_ARRAY || code === OPEN_OBJECT) deepest = Math.max(deepest, ++depth)
      else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) depth--
    }
  }
  return { isHuge, isDeep: deepest > limits.bodyDepth + around, isTooDeep: deepest > limits.bodyDepth + 2 }
}

function toPublication(looks: Looks, body: unknown, id: unknown, where: string): Publication {
  if (id !== undefined && !(typeof id === 'string' && publishIdPattern.test(id)))
    throw new Problem(400, `"id"${where} must be 1 to 64 of [A-Za-z0-9_-], got ${quote(id)}`)
  if (looks.isHuge && !isAllFinite(body))
    throw new Problem(400, `"body"${where} must hold finite numbers only, got one beyond ±1.8e308`)
  if (looks.isDeep && isDeeper(body, limits.bodyDepth))
    throw new Problem(400, `"body"${where} must be nested at most ${limits.bodyDepth} deep`)
  const bodyJson: string | undefined = JSON.stringify(body)
  if (bodyJson === undefined) throw new Problem(400, `"body"${where} must be JSON`)
  const bytes = Buffer.byteLength(bodyJson)
  if (bytes > limits.bodyBytes)
    throw new Problem(413, `"body"${where} must be at most ${limits.bodyBytes} bytes as JSON, got ${bytes}`)
  return id === undefined ? { bodyJson } : { bodyJson, id: id as string }
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Whether a JSON value has more than `most` arrays and objects within each other; no recursion, since the nesting is the sender's choice. */
function isDeeper(value: unknown, most: number): boolean {
  let level = [value].filter(isContainer)
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > most) return true
    level = level.flatMap(each => Object.values(each).filter(isContainer))
  }
  return false
}

/** Whether every number in a JSON value is finite; a stack of its own, since the nesting is the sender's choice. */
function isAllFinite(value: unknown): boolean {
  const stack = [value]
  while (stack.length > 0) {
    const next = stack.pop()
    if (typeof next === 'number' && !Number.isFinite(next)) return false
    // One by one: a call takes only so many arguments.
    if (Array.isArray(next)) for (const inner of next) stack.push(inner)
    else if (isContainer(next)) for (const inner of Object.values(next)) stack.push(inner)
  }
  return true
}

// Where a RabbitMQ is, as the command line says it, and what its refusals mean.
import type { Options } from 'amqplib'
import { shownUrl } from '../networked/shown-url.ts'

export interface RabbitmqAddress {
  /** For messages: nothing secret in it. */
  readonly shown: string
  readonly options: Options.Connect
  /** Its streams' names begin with it. */
  readonly stream: string
  /** Bytes of messages that are kept, in segments of a tenth of that. */
  readonly keptBytes: number
}

const STREAM = { default: 'notices', pattern: /^[A-Za-z0-9_-]{1,64}$/ }
const KEPT_BYTES = { default: 64 * 1024 * 1024, min: 1_000_000, max: 1024 ** 4 }

/** Of `rabbitmq://USER:PASSWORD@HOST:PORT/VHOST?stream=NAME&bytes=N`. Throws one sentence. */
export function parseAddress(url: string): RabbitmqAddress {
  const { hostname, port, username, password, pathname, searchParams } = URL.canParse(url) ? new URL(url) : ({} as URL)
  if (!hostname) throw new Error(`--backplane must be a URL like rabbitmq://127.0.0.1:5672, got ${JSON.stringify(url)}`)
  const name = searchParams.get('stream') ?? STREAM.default
  if (!STREAM.pattern.test(name))
    throw new Error(`"stream" must be 1 to 64 of [A-Za-z0-9_-], got ${JSON.stringify(name)}`)
  const { min, max } = KEPT_BYTES
  const bytes = searchParams.get('bytes') ?? String(KEPT_BYTES.default)
  if (!/^[0-9]+$/.test(bytes) || Number(bytes) < min || Number(bytes) > max)
    throw new Error(`"bytes" must be a whole number from ${min} to ${max}, got ${JSON.stringify(bytes)}`)
  return {
    shown: shownUrl(url),
    options: {
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 5672),
      // amqplib has its own default where both are absent.
      ...(username !== '' && { username: decodeURIComponent(username), password: decodeURIComponent(password) }),
      ...(pathname.length > 1 && { vhost: pathname.slice(1) }),
    },
    stream: `transport-lab.${name}`,
    keptBytes: Number(bytes),
  }
}

/** What a failure means, in a sentence. */
export function reasonOf(
  { message, code }: { message: string; code?: number | string },
  { shown }: RabbitmqAddress,
): string {
  if (message.startsWith(shown)) return message
  if (/ACCESS.REFUSED.*Login/is.test(message)) return `${shown} refuses this user name and password`
  const refusal = /(?:NOT_ALLOWED|ACCESS_REFUSED|PRECONDITION_FAILED|NOT_IMPLEMENTED|INTERNAL_ERROR) - ([^"]*)/.exec(
    message,
  )
  if (/stream_queue|invalid arg 'x-queue-type'/.test(message))
    return `${shown} has no stream queues; enable them with: rabbitmqctl enable_feature_flag stream_queue`
  if (refusal) return `${shown} refuses: ${refusal[1]}`
  if (/Socket closed abruptly|Invalid frame|Frame size|PROTOCOL/i.test(message))
    return `${shown} does not speak AMQP 0-9-1`
  return `${shown} does not answer: ${typeof code === 'string' ? code : message}`
}

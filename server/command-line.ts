// The server's command line, checked: each error names the option, the rule and the value.
import { isIPv6 } from 'node:net'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chosenBy, offered } from './backplanes/index.ts'
import { nameIn } from './hosts.ts'
import { isLoopback } from './loopback.ts'
import { type ServerOptions, UsageError } from './options.ts'
import { networkIn } from './proxies.ts'
import { unknownWord } from './suggest.ts'

export const usage = `Usage: npm start -- [options]

Examples:
  npm start                                    serve on http://127.0.0.1:8080
  npm start -- --port 9000                     another port (0 = any free one)
  npm start -- --backplane redis://127.0.0.1:6379
                                               one of several servers that share a stream
  npm start -- --host 0.0.0.0 --publish-token SECRET
                                               reachable from other machines; publishing needs the token
  npm start -- --tls self-signed               serve on https, with a certificate made on the fly

Options:
  --host ADDRESS         address to listen on (127.0.0.1)
  --port NUMBER          port to listen on, 0 to 65535 (8080)
  --control PATH         the same API on a Unix socket at PATH, without a token
  --log-capacity N       most notices held for subscribers that come back (100000)
  --log-bytes N          most bytes held for them (67108864)
  --coalesce on|off      one write for all notices of one turn of the event loop (on)
  --express router|app   who answers the stream's requests: its Express Router, called by the HTTP server,
                         or the whole Express app around it (router)
  --writes prepared|send one buffer for all subscribers, written to their sockets, or ws.send and res.write
                         for each subscriber and notice; Socket.IO always sends by itself (prepared)
  --deflate on|off       agree to permessage-deflate on WebSockets; written with ws.send then (off)
  --heartbeat-ms N       how often quiet streams get a sign of life, 100 to 15000 (15000)
  --max-queue-bytes N    bytes that may wait for one slow subscriber (8388608)
  --max-queued-bytes N   bytes that may wait over all of them; past it the fullest goes first (134217728)
  --max-unfinished-bytes N
                         bytes of request bodies that have not ended; past it the longest goes first (33554432)
  --header-timeout-ms N  how long the head of a request may take, 100 to 600000 (10000)
  --body-timeout-ms N    how long a whole request may take, 100 to 600000 (30000)
  --answer-timeout-ms N  how long an answer may wait without any of it being read, 100 to 600000 (30000)
  --keep-alive-ms N      how long an idle connection is kept, 1 to 600000 (5000)
  --max-connections N    connections at once (as many as this process may have open files, less 64)
  --max-connections-per-address N
                         those of one address: an IPv4 one, or a /64 of IPv6 (1000)
  --max-subscribers N    open streams and held polls at once (as many as connections)
  --requests-per-second N
                         requests of one address; four times as many at once (500)
  --publishes-per-second N
                         notices that one address may publish; four times as many at once (1000)
  --wrong-tokens-per-minute N
                         wrong tokens of one address, after which no token of it is looked at for a while (20)
  --exempt-loopback on|off
                         what one address may does not concern loopback (on)
  --trust-proxy ADDRESS  a proxy, or a network of them (10.0.0.0/8), that says in X-Forwarded-For whom it asks
                         for (repeatable)
  --publish-token TOKEN  publishing needs it (or LAB_PUBLISH_TOKEN)
  --open-publishing      allow publishing without a token on a non-loopback address
  --allow-origin ORIGIN  a page of this origin may subscribe, not publish (repeatable; * for all)
  --host-name NAME       serve requests to this name too, besides localhost, --host and the machine's
                         addresses (repeatable)
  --backplane URL        what joins several servers: ${offered.join(', ')} (memory)
  --backlog N            connections that may wait to be accepted, 1 to 65535 (4096)
  --workers N            processes that share the port, 1 to 64; one stream, whichever serves (1)
  --tls self-signed      https, with a certificate made on the fly for localhost, --host and each --host-name
  --tls-cert FILE        https, with this certificate (PEM; its chain may follow it)
  --tls-key FILE         and this key of it (PEM, without a passphrase)
  --burn-us N            busy wait per write, for experiments on overload (0)
  --results DIR          where the viewer finds runs (results)
  --demo-recording FILE  what /demo plays while nothing is live (the recorded class)
  -h, --help             this text
`

const options = {
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '8080' },
  control: { type: 'string' },
  'log-capacity': { type: 'string', default: '100000' },
  'log-bytes': { type: 'string', default: String(64 * 1024 * 1024) },
  coalesce: { type: 'string', default: 'on' },
  express: { type: 'string', default: 'router' },
  writes: { type: 'string', default: 'prepared' },
  deflate: { type: 'string', default: 'off' },
  'heartbeat-ms': { type: 'string', default: '15000' },
  'max-queue-bytes': { type: 'string', default: String(8 * 1024 * 1024) },
  'max-queued-bytes': { type: 'string', default: String(128 * 1024 * 1024) },
  'max-unfinished-bytes': { type: 'string', default: String(32 * 1024 * 1024) },
  'header-timeout-ms': { type: 'string', default: '10000' },
  'body-timeout-ms': { type: 'string', default: '30000' },
  'answer-timeout-ms': { type: 'string', default: '30000' },
  'keep-alive-ms': { type: 'string', default: '5000' },
  'max-connections': { type: 'string' },
  'max-connections-per-address': { type: 'string', default: '1000' },
  'max-subscribers': { type: 'string' },
  'requests-per-second': { type: 'string', default: '500' },
  'publishes-per-second': { type: 'string', default: '1000' },
  'wrong-tokens-per-minute': { type: 'string', default: '20' },
  'exempt-loopback': { type: 'string', default: 'on' },
  'trust-proxy': { type: 'string', multiple: true, default: [] as string[] },
  'publish-token': { type: 'string' },
  'open-publishing': { type: 'boolean', default: false },
  'allow-origin': { type: 'string', multiple: true, default: [] as string[] },
  'host-name': { type: 'string', multiple: true, default: [] as string[] },
  backplane: { type: 'string', default: 'memory' },
  tls: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  backlog: { type: 'string', default: '4096' },
  workers: { type: 'string', default: '1' },
  'burn-us': { type: 'string', default: '0' },
  results: { type: 'string' },
  'demo-recording': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^[0-9]+$/.test(text) || value < min || value > max)
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`)
  return value
}

/** More than anybody has. */
const MOST = 10_000_000

const atMost = (name: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : wholeNumber(name, text, 1, MOST)

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find(each => each === text)
  if (found !== undefined) return found
  throw new UsageError(`--${name} must be ${allowed.join(' or ')}, got ${JSON.stringify(text)}`)
}

/** Files come as a pair, and only where no certificate is to be made. */
function tlsOf(values: {
  tls?: string | undefined
  'tls-cert'?: string | undefined
  'tls-key'?: string | undefined
}): ServerOptions['tls'] {
  const { tls, 'tls-cert': cert, 'tls-key': key } = values
  if (tls !== undefined && tls !== 'self-signed')
    throw new UsageError(
      `--tls must be self-signed, got ${JSON.stringify(tls)}; files go with --tls-cert and --tls-key`,
    )
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key']
    throw new UsageError(`--tls-${given} needs --tls-${missing} beside it, got ${JSON.stringify(cert ?? key)} alone`)
  }
  if (cert === undefined || key === undefined) return tls
  if (tls !== undefined)
    throw new UsageError(`--tls self-signed must not stand beside --tls-cert, got ${JSON.stringify(cert)}`)
  return { cert, key }
}

/** Parses the words after the program's name. `help` asks for the usage text. Throws UsageError. */
export function parseServerOptions(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ServerOptions | 'help' {
  let values: ReturnType<typeof read>
  const read = () => parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values
  const unknown = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens.find(token => token.kind === 'option' && !Object.hasOwn(options, token.name))
  if (unknown?.kind === 'option')
    throw new UsageError(
      `${unknownWord('option', unknown.rawName, [...Object.keys(options).map(name => `--${name}`), '-h'], false).replace(/[^?]$/, '$&.')} See --help`,
    )
  try {
    values = read()
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}. See --help`)
  }
  if (values.help) return 'help'
  for (const origin of values['allow-origin'])
    if (origin !== '*' && !(URL.canParse(origin) && new URL(origin).origin === origin))
      throw new UsageError(
        `--allow-origin must be an origin like https://example.org, or *, got ${JSON.stringify(origin)}`,
      )
  for (const name of values['host-name'])
    if (name.includes(':') ? !isIPv6(name.replace(/^\[|\]$/g, '')) : nameIn(name) === undefined)
      throw new UsageError(
        `--host-name must be a name or an address without a port, like lab.example.org, got ${JSON.stringify(name)}`,
      )
  for (const text of values['trust-proxy'])
    if (networkIn(text) === undefined)
      throw new UsageError(
        `--trust-proxy must be an address like 10.0.0.7, or a network like 10.0.0.0/8, got ${JSON.stringify(text)}`,
      )
  const { name, entry } = chosenBy(values.backplane)
  if (!entry || entry.isInternal)
    throw new UsageError(
      `--backplane must begin with one of ${offered.join(', ')}, got ${JSON.stringify(values.backplane)}`,
    )
  const place = values.backplane.slice(name.length)
  if (entry.example ? !place.startsWith('://') || !URL.canParse(values.backplane) : place !== '')
    throw new UsageError(
      `--backplane ${name} must be ${entry.example ? `a URL like ${entry.example}` : 'that word alone'}, got ${JSON.stringify(values.backplane)}`,
    )
  // Read from a file as other systems write them, it has a byte order mark before it and a line end behind it.
  const publishToken = (values['publish-token'] ?? env.LAB_PUBLISH_TOKEN)?.replace(/^\uFEFF|[\r\n]+$/g, '')
  if (publishToken === '') throw new UsageError('--publish-token must not be empty')
  if (values.host === '') throw new UsageError('--host must not be empty')
  const host = values.host.replace(/^\[|\]$/g, '')
  if (!isLoopback(host) && publishToken === undefined && !values['open-publishing'])
    throw new UsageError(
      `--host ${values.host} is reachable from other machines, where anyone could publish: give --publish-token TOKEN (or LAB_PUBLISH_TOKEN), or --open-publishing to allow it`,
    )
  return {
    host,
    hostNames: values['host-name'].map(name => name.replace(/^\[|\]$/g, '')),
    port: wholeNumber('port', values.port, 0, 65_535),
    control: values.control,
    logCapacity: wholeNumber('log-capacity', values['log-capacity'], 1, 10_000_000),
    logBytes: wholeNumber('log-bytes', values['log-bytes'], 1, 8 * 1024 ** 3),
    coalesce: oneOf('coalesce', values.coalesce, ['on', 'off']) === 'on',
    express: oneOf('express', values.express, ['router', 'app']),
    writes: oneOf('writes', values.writes, ['prepared', 'send']),
    deflate: oneOf('deflate', values.deflate, ['on', 'off']) === 'on',
    heartbeatMs: wholeNumber('heartbeat-ms', values['heartbeat-ms'], 100, 15_000),
    maxQueueBytes: wholeNumber('max-queue-bytes', values['max-queue-bytes'], 1024, 1024 ** 3),
    maxQueuedBytes: wholeNumber('max-queued-bytes', values['max-queued-bytes'], 1024, 64 * 1024 ** 3),
    maxUnfinishedBytes: wholeNumber('max-unfinished-bytes', values['max-unfinished-bytes'], 1024, 64 * 1024 ** 3),
    headerTimeoutMs: wholeNumber('header-timeout-ms', values['header-timeout-ms'], 100, 600_000),
    bodyTimeoutMs: wholeNumber('body-timeout-ms', values['body-timeout-ms'], 100, 600_000),
    answerTimeoutMs: wholeNumber('answer-timeout-ms', values['answer-timeout-ms'], 100, 600_000),
    keepAliveMs: wholeNumber('keep-alive-ms', values['keep-alive-ms'], 1, 600_000),
    maxConnections: atMost('max-connections', values['max-connections']),
    maxConnectionsPerAddress: wholeNumber(
      'max-connections-per-address',
      values['max-connections-per-address'],
      1,
      MOST,
    ),
    maxSubscribers: atMost('max-subscribers', values['max-subscribers']),
    requestsPerSecond: wholeNumber('requests-per-second', values['requests-per-second'], 1, MOST),
    publishesPerSecond: wholeNumber('publishes-per-second', values['publishes-per-second'], 1, MOST),
    wrongTokensPerMinute: wholeNumber('wrong-tokens-per-minute', values['wrong-tokens-per-minute'], 1, MOST),
    exemptLoopback: oneOf('exempt-loopback', values['exempt-loopback'], ['on', 'off']) === 'on',
    trustedProxies: values['trust-proxy'],
    publishToken,
    allowOrigins: values['allow-origin'],
    backplane: values.backplane,
    tls: tlsOf(values),
    backlog: wholeNumber('backlog', values.backlog, 1, 65_535),
    workers: wholeNumber('workers', values.workers, 1, 64),
    burnUs: wholeNumber('burn-us', values['burn-us'], 0, 1_000_000),
    resultsDir: values.results,
    demoRecording: values['demo-recording'] === undefined ? undefined : resolve(values['demo-recording']),
  }
}

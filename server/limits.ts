// What everybody may ask for: connections in all; connections, requests, notices to publish and wrong tokens of one address. Whoever asks for more is
// told so.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { plainAddress } from './address.ts'
import { isLoopback } from './loopback.ts'
import type { ServerOptions } from './options.ts'
import { Problem } from './problem.ts'
import { countedAs, createProxies } from './proxies.ts'
import { type Bucket, createRate } from './rate.ts'
import { createVisitors, type Visitor } from './visitors.ts'

/** Seconds' worth of requests, or of notices, that may come at once: a page of a class that opens it together asks for a great deal, and then for little. */
const BURST_SECONDS = 4
const MAX_ADDRESSES = 65_536
/** Texts of X-Forwarded-For that are remembered, and how long one may be. */
const MAX_KEPT = 10_000
const KEPT_TEXT = 100
/** Connections past a bound that are told so at a time, and how long they may take to ask and be told; any more are only cut. */
const MAX_TURNED_AWAY = 32
const TURNED_AWAY_MS = 2000

/** How much that is. */
export interface Bounds
  extends Pick<
    ServerOptions,
    'maxConnectionsPerAddress' | 'requestsPerSecond' | 'publishesPerSecond' | 'wrongTokensPerMinute'
  > {
  readonly maxConnections: number
}

export type LimitSettings = Bounds & Pick<ServerOptions, 'host' | 'exemptLoopback' | 'trustedProxies'>

/** What was refused since the start, by what it was too much of. */
export interface Refused {
  /** Connections, in all. */
  connections: number
  /** Connections of one address. */
  addressConnections: number
  /** Requests of one address. */
  requests: number
  /** Publishes of one address. */
  publishes: number
  /** Publishes of an address that had sent too many wrong tokens. */
  tokens: number
}

/** What may still be published, and with which tokens; by one that is exempt all and with any. */
export interface Allowance {
  /** Takes `count` notices. Throws Problem 429. */
  publish(count: number): void
  /** To be called before a token is looked at. Throws Problem 429 where its address has sent too many wrong ones, and this connection no right one. */
  tryToken(): void
  wrongToken(): void
  rightToken(): void
}

export interface Limits {
  /** To be told once of each connection that was accepted. */
  meet(socket: Socket): void
  /** TLS lies over a connection. */
  wrap(secure: Socket, raw: Socket): void
  /** Throws Problem 429 or 503 for a request, or an upgrade, that is too much. `use` closes when it is over: the answer, or the upgraded connection. */
  admit(req: IncomingMessage, use: Use): void
  /** Of whoever sends this request. */
  allowanceFor(req: IncomingMessage): Allowance
  /** Of a connection that has become one client's alone by an upgrade. */
  allowanceOf(socket: Socket): Allowance
  /** The address that a request is counted for. */
  addressOf(req: IncomingMessage): string
  /** Whether it was sent on this machine, and not on behalf of another one. */
  isLocal(req: IncomingMessage): boolean
  /** Addresses that something is remembered of. */
  readonly addresses: number
  readonly refused: Readonly<Refused>
  readonly bounds: Bounds
  close(): void
}

interface Use {
  once(event: 'close', listener: () => void): unknown
}

/** A trusted proxy's connection, which carries now this client's requests, now that one's. */
interface Proxied {
  readonly kind: 'proxied'
  readonly address: string
  readonly releases: Set<() => void>
}

interface TurnedAway {
  readonly kind: 'turned away'
  readonly problem: Problem
}

const newRefused = (): Refused => ({ connections: 0, addressConnections: 0, requests: 0, publishes: 0, tokens: 0 })

/** Of a process that serves nobody. */
export const noLimits: Pick<Limits, 'addresses' | 'bounds' | 'refused'> = {
  addresses: 0,
  bounds: {
    maxConnections: 0,
    maxConnectionsPerAddress: 0,
    requestsPerSecond: 0,
    publishesPerSecond: 0,
    wrongTokensPerMinute: 0,
  },
  refused: newRefused(),
}

function forwardedOf({ headers }: IncomingMessage): string | undefined {
  const value = headers['x-forwarded-for']
  return value === undefined ? undefined : String(value)
}

const retryAfter = (waitMs: number) => ({ 'Retry-After': String(Math.ceil(waitMs / 1000)) })
const soon = (waitMs: number): string => `in ${Math.ceil(waitMs / 1000)} s`
const burstOf = (perSecond: number): number => perSecond * BURST_SECONDS

/** `openConnections`: all that are open now. Loopback's own are not looked at: where nobody else can come in, none is. */
export function createLimits(settings: LimitSettings, openConnections: () => number): Limits {
  const { host, maxConnections, maxConnectionsPerAddress, requestsPerSecond, publishesPerSecond } = settings
  const { wrongTokensPerMinute, exemptLoopback } = settings
  const proxies = createProxies(settings.trustedProxies)
  const isExempt = (address: string): boolean => exemptLoopback && isLoopback(address)
  const isForLoopback = isExempt(host) && proxies.isEmpty
  const requestRate = createRate(requestsPerSecond, burstOf(requestsPerSecond))
  const publishRate = createRate(publishesPerSecond, burstOf(publishesPerSecond))
  const guessRate = createRate(wrongTokensPerMinute / 60, wrongTokensPerMinute)
  const visitors = createVisitors(MAX_ADDRESSES)
  /** Connections by what they may; one that is not here may all. */
  const peers = new WeakMap<Socket, Visitor | Proxied | TurnedAway>()
  /** What X-Forwarded-For has named, and what that is counted as: to find it out takes several times as long as the rest. */
  const keys = new Map<string, string>()
  const allowances = new WeakMap<Socket | Visitor, Allowance>()
  const refused = newRefused()
  let turnedAway = 0

  const tooManyOfAddress = (headers: Readonly<Record<string, string>> = {}): Problem => {
    refused.addressConnections++
    return new Problem(429, `one address may have ${maxConnectionsPerAddress} connections at once, and it has`, {
      'Retry-After': '5',
      ...headers,
    })
  }

  /** Answers its first request with `problem`, as far as there is time and room for it. */
  function turnAway(socket: Socket, problem: Problem): void {
    if (turnedAway >= MAX_TURNED_AWAY) return void socket.destroy()
    turnedAway++
    peers.set(socket, { kind: 'turned away', problem })
    const timer = setTimeout(() => socket.destroy(), TURNED_AWAY_MS)
    socket.once('close', () => {
      clearTimeout(timer)
      turnedAway--
    })
  }

  function meet(socket: Socket): void {
    if (openConnections() - turnedAway > maxConnections) {
      refused.connections++
      const detail = `this server holds ${maxConnections} connections at once, and they are there`
      return turnAway(socket, new Problem(503, detail, { 'Retry-After': '5', Connection: 'close' }))
    }
    if (isForLoopback) return
    // One that is gone already has no other end.
    const { remoteAddress } = socket
    if (remoteAddress === undefined) return
    const address = plainAddress(remoteAddress)
    if (proxies.isTrusted(address)) {
      const releases = new Set<() => void>()
      peers.set(socket, { kind: 'proxied', address, releases })
      return void socket.once('close', () => {
        for (const release of releases) release()
      })
    }
    if (isExempt(address)) return
    const visitor = visitors.of(countedAs(address))
    if (visitor.open >= maxConnectionsPerAddress) return turnAway(socket, tooManyOfAddress({ Connection: 'close' }))
    visitors.enter(visitor)
    peers.set(socket, visitor)
    socket.once('close', () => visitors.leave(visitor))
  }

  /** Whom a proxy's request is counted for; undefined where that is nobody. */
  function visitorBehind({ address }: Proxied, req: IncomingMessage): Visitor | undefined {
    const forwarded = forwardedOf(req)
    if (forwarded === undefined) return isExempt(address) ? undefined : visitors.of(countedAs(address))
    const known = keys.get(forwarded)
    if (known !== undefined) return visitors.of(known)
    const client = proxies.clientOf(address, forwarded)
    const key = countedAs(client)
    if (client !== address && forwarded.length <= KEPT_TEXT) {
      if (keys.size >= MAX_KEPT) keys.clear()
      keys.set(forwarded, key)
    }
    return visitors.of(key)
  }

  /** Its connection is the visitor's for as long as this one request takes. */
  function lend({ releases }: Proxied, visitor: Visitor, use: Use): void {
    if (visitor.open >= maxConnectionsPerAddress) throw tooManyOfAddress()
    visitors.enter(visitor)
    const release = (): void => {
      if (releases.delete(release)) visitors.leave(visitor)
    }
    releases.add(release)
    use.once('close', release)
  }

  function newAllowance(visitor: Visitor | undefined, isOfOne: boolean): Allowance {
    let isProven = false
    // A session over polls may outlive what is remembered of its address: it counts for what is remembered now.
    const bucketOf = (what: 'notices' | 'guesses', { name }: Visitor): Bucket => visitors.of(name)[what]
    return {
      publish(count) {
        if (visitor === undefined) return
        const waitMs = publishRate.take(bucketOf('notices', visitor), count)
        if (waitMs === 0) return
        refused.publishes++
        throw new Problem(
          429,
          `one address may publish ${publishesPerSecond} notices a second; publish again ${soon(waitMs)}`,
          retryAfter(waitMs),
        )
      },
      tryToken() {
        if (visitor === undefined || isProven) return
        const waitMs = guessRate.waitMs(bucketOf('guesses', visitor))
        if (waitMs === 0) return
        refused.tokens++
        throw new Problem(
          429,
          `too many wrong tokens came from this address, and none is looked at now; publish again ${soon(waitMs)}`,
          retryAfter(waitMs),
        )
      },
      wrongToken: () => void (visitor && guessRate.take(bucketOf('guesses', visitor))),
      rightToken() {
        isProven = isOfOne
      },
    }
  }

  function allowanceBy(key: Socket | Visitor, visitor: Visitor | undefined, isOfOne: boolean): Allowance {
    const known = allowances.get(key)
    if (known) return known
    const allowance = newAllowance(visitor, isOfOne)
    allowances.set(key, allowance)
    return allowance
  }

  function allowanceOf(socket: Socket): Allowance {
    const peer = peers.get(socket)
    return allowanceBy(socket, peer?.kind === 'visitor' ? peer : undefined, true)
  }

  return {
    bounds: settings,
    refused,
    get addresses() {
      return visitors.size
    },
    meet,
    wrap(secure, raw) {
      const peer = peers.get(raw)
      if (peer) peers.set(secure, peer)
    },
    admit(req, use) {
      const { socket } = req
      const peer = peers.get(socket)
      if (peer === undefined) return
      if (peer.kind === 'turned away') throw peer.problem
      const visitor = peer.kind === 'visitor' ? peer : visitorBehind(peer, req)
      if (visitor === undefined) return
      const waitMs = requestRate.take(visitor.requests)
      if (waitMs > 0) {
        refused.requests++
        throw new Problem(
          429,
          `one address may send ${requestsPerSecond} requests a second, and ${burstOf(requestsPerSecond)} at once; send this one again ${soon(waitMs)}`,
          retryAfter(waitMs),
        )
      }
      if (peer.kind === 'visitor') return
      lend(peer, visitor, use)
      if (use === socket) peers.set(socket, visitor)
    },
    allowanceFor(req) {
      const peer = peers.get(req.socket)
      if (peer?.kind !== 'proxied') return allowanceOf(req.socket)
      const visitor = visitorBehind(peer, req)
      // The connection is the proxy's: whoever else comes over it has shown nothing.
      return visitor ? allowanceBy(visitor, visitor, false) : allowanceOf(req.socket)
    },
    allowanceOf,
    addressOf(req) {
      const address = plainAddress(req.socket.remoteAddress ?? '')
      return countedAs(proxies.isTrusted(address) ? proxies.clientOf(address, forwardedOf(req)) : address)
    },
    isLocal: ({ socket: { remoteAddress = '' }, headers }) =>
      isLoopback(remoteAddress) && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined,
    close: visitors.close,
  }
}

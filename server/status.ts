// What the server says of itself: the status document and the same figures as Prometheus text.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Health } from './backplanes/backplane.ts'
import type { Bodies } from './bodies.ts'
import type { TransportTally } from './context.ts'
import type { Limits, Refused } from './limits.ts'
import { headCursor } from './log.ts'
import type { ByteCount, Meter } from './meter.ts'
import { formatCursor } from './protocol.ts'
import type { Queues } from './queues.ts'
import type { Stream } from './stream.ts'
import type { Subscribers } from './subscribers.ts'

/** Resolution of the loop monitor in ms; it is part of what it measures and is subtracted. At 1 ms its own wake-ups cost 5 % of a core. */
const LOOP_RESOLUTION_MS = 10

export interface Status {
  transports: Record<string, TransportTally & ByteCount>
  /** Connections and bytes of requests that are no transport's. */
  other: ByteCount
  log: {
    cursor: string
    earliest: string
    held: number
    capacity: number
    bytes: number
    capacityBytes: number
    coalesce: boolean
  }
  /** Bytes that wait in this process. */
  queued: {
    /** For those who do not read, and how many may. */
    bytes: number
    maxBytes: number
    /** Of request bodies that have not ended, and how many may. */
    unfinishedBytes: number
    maxUnfinishedBytes: number
  }
  /** What there is of what has a limit, and the limit. */
  limits: {
    /** Of every kind, those of the control socket aside. */
    connections: number
    maxConnections: number
    /** Open streams and held polls. */
    subscribers: number
    maxSubscribers: number
    /** Addresses that something is remembered of. */
    addresses: number
    perAddress: {
      connections: number
      requestsPerSecond: number
      publishesPerSecond: number
      wrongTokensPerMinute: number
    }
    /** Since the start, by what it was too much of. */
    refused: Refused & { subscribers: number }
  }
  process: {
    pid: number
    uptimeMs: number
    cpuUs: number
    rssBytes: number
    heapBytes: number
    /** p99 over the time since the last reset, beyond the monitor's own resolution. */
    eventLoopDelayP99Ms: number
  }
  backplane: { readonly name: string } & Health
  /** With --workers: each of them by itself. Everything above is then their sum, the primary's CPU and memory included (`pid` is the primary's, the
   * loop delay the worst of all); what a worker that ended had counted is gone with it. */
  workers?: WorkerStatus[]
}

export interface WorkerStatus {
  pid: number
  cpuUs: number
  rssBytes: number
  /** Connections open now, of every kind. */
  open: number
}

/** What is wanted of a status besides reading it. */
export interface StatusWish {
  /** A collection before it is read; only under --expose-gc is there one to ask for. */
  readonly collectHeap?: boolean
  /** The loop-delay figure starts over after it. */
  readonly resetLoopDelay?: boolean
}

export interface StatusSource {
  read(wish?: StatusWish): Status
  close(): void
}

export interface StatusParts {
  readonly stream: Stream
  readonly meter: Meter
  readonly tallies: Readonly<Record<string, TransportTally>>
  readonly queues: Pick<Queues, 'bytes' | 'maxBytes'>
  readonly bodies: Pick<Bodies, 'bytes' | 'maxBytes'>
  readonly limits: Pick<Limits, 'addresses' | 'bounds' | 'refused'>
  readonly subscribers: Pick<Subscribers, 'open' | 'max' | 'refused'>
  readonly log: { readonly capacity: number; readonly capacityBytes: number; readonly coalesce: boolean }
}

const noBytes: ByteCount = { open: 0, opened: 0, bytesIn: 0, bytesOut: 0 }

export function createStatus(parts: StatusParts): StatusSource {
  const { stream, meter, tallies, log: settings, queues, bodies, limits, subscribers } = parts
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  loop.enable()

  function read({ collectHeap = false, resetLoopDelay = false }: StatusWish = {}): Status {
    if (collectHeap) globalThis.gc?.()
    const bytes = meter.read()
    const { user, system } = process.cpuUsage()
    const memory = process.memoryUsage()
    const { log, backplane } = stream
    const transports: Status['transports'] = {}
    for (const [name, tally] of Object.entries(tallies)) transports[name] = { ...tally, ...(bytes[name] ?? noBytes) }
    const eventLoopDelayP99Ms = loop.count === 0 ? 0 : Math.max(0, loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS)
    if (resetLoopDelay) loop.reset()
    return {
      transports,
      other: { ...(bytes.other ?? noBytes) },
      log: {
        cursor: headCursor(log),
        earliest: formatCursor(log.epoch, log.earliest),
        held: log.held,
        bytes: log.bytes,
        ...settings,
      },
      queued: {
        bytes: queues.bytes,
        maxBytes: queues.maxBytes,
        unfinishedBytes: bodies.bytes,
        maxUnfinishedBytes: bodies.maxBytes,
      },
      limits: {
        connections: meter.open,
        maxConnections: limits.bounds.maxConnections,
        subscribers: subscribers.open,
        maxSubscribers: subscribers.max,
        addresses: limits.addresses,
        perAddress: {
          connections: limits.bounds.maxConnectionsPerAddress,
          requestsPerSecond: limits.bounds.requestsPerSecond,
          publishesPerSecond: limits.bounds.publishesPerSecond,
          wrongTokensPerMinute: limits.bounds.wrongTokensPerMinute,
        },
        refused: { ...limits.refused, subscribers: subscribers.refused },
      },
      process: {
        pid: process.pid,
        uptimeMs: Math.round(process.uptime() * 1000),
        cpuUs: user + system,
        rssBytes: memory.rss,
        heapBytes: memory.heapUsed,
        eventLoopDelayP99Ms,
      },
      backplane: { name: backplane.name, ...backplane.health() },
    }
  }

  return { read, close: () => loop.disable() }
}

/** A status in Prometheus' text exposition format 0.0.4. */
export function exposition(status: Status): string {
  const lines: string[] = []
  const metric = (
    name: string,
    kind: 'counter' | 'gauge',
    help: string,
    samples: [labels: string, value: number][],
  ): void => {
    lines.push(`# HELP transport_lab_${name} ${help}`, `# TYPE transport_lab_${name} ${kind}`)
    for (const [labels, value] of samples) lines.push(`transport_lab_${name}${labels} ${value}`)
  }
  const perTransport = (key: keyof Status['transports'][string]): [string, number][] =>
    Object.entries(status.transports).map(([name, counts]) => [`{transport="${name}"}`, counts[key]])
  metric('connections_open', 'gauge', 'Open connections.', perTransport('open'))
  metric('connections_total', 'counter', 'Connections opened.', perTransport('opened'))
  metric('requests_total', 'counter', 'Requests, upgrades included.', perTransport('requests'))
  metric('empty_answers_total', 'counter', 'Polling answers without a notice.', perTransport('emptyAnswers'))
  metric('received_bytes_total', 'counter', 'TCP payload received.', perTransport('bytesIn'))
  metric('sent_bytes_total', 'counter', 'TCP payload sent.', perTransport('bytesOut'))
  metric('notices_delivered_total', 'counter', 'Notices handed over, once per subscriber.', perTransport('notices'))
  metric(
    'slow_subscribers_closed_total',
    'counter',
    'Subscribers closed because they did not keep up.',
    perTransport('slowClosed'),
  )
  metric('log_held', 'gauge', 'Notices held.', [['', status.log.held]])
  metric('log_held_bytes', 'gauge', 'Bytes of notices held.', [['', status.log.bytes]])
  metric('queued_bytes', 'gauge', 'Bytes that wait for those who do not read.', [['', status.queued.bytes]])
  metric('queued_bytes_max', 'gauge', 'Bytes that may.', [['', status.queued.maxBytes]])
  metric('unfinished_bytes', 'gauge', 'Bytes of request bodies that have not ended.', [
    ['', status.queued.unfinishedBytes],
  ])
  metric('unfinished_bytes_max', 'gauge', 'Bytes of them that may be.', [['', status.queued.maxUnfinishedBytes]])
  const { limits } = status
  metric('connections_in_all', 'gauge', 'Open connections of every kind.', [['', limits.connections]])
  metric('connections_in_all_max', 'gauge', 'Connections that may be open.', [['', limits.maxConnections]])
  metric('subscribers_open', 'gauge', 'Open streams and held polls.', [['', limits.subscribers]])
  metric('subscribers_open_max', 'gauge', 'Those that may be.', [['', limits.maxSubscribers]])
  metric('addresses_known', 'gauge', 'Addresses that something is remembered of.', [['', limits.addresses]])
  metric('address_connections_max', 'gauge', 'Connections that one address may have.', [
    ['', limits.perAddress.connections],
  ])
  metric('address_requests_per_second_max', 'gauge', 'Requests that one address may send.', [
    ['', limits.perAddress.requestsPerSecond],
  ])
  metric('address_publishes_per_second_max', 'gauge', 'Notices that one address may publish.', [
    ['', limits.perAddress.publishesPerSecond],
  ])
  metric('address_wrong_tokens_per_minute_max', 'gauge', 'Wrong tokens of one address that are looked at.', [
    ['', limits.perAddress.wrongTokensPerMinute],
  ])
  metric(
    'refused_total',
    'counter',
    'What was refused, by what it was too much of.',
    Object.entries(limits.refused).map(([what, count]) => [`{limit="${what}"}`, count]),
  )
  metric('backplane_healthy', 'gauge', '1 where the backplane is reachable.', [['', status.backplane.healthy ? 1 : 0]])
  metric('process_cpu_seconds_total', 'counter', 'User and system CPU.', [['', status.process.cpuUs / 1e6]])
  metric('process_resident_memory_bytes', 'gauge', 'Resident set size.', [['', status.process.rssBytes]])
  metric('event_loop_delay_p99_seconds', 'gauge', 'Event-loop delay.', [
    ['', status.process.eventLoopDelayP99Ms / 1000],
  ])
  return `${lines.join('\n')}\n`
}

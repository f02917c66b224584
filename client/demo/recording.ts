// Recordings: NDJSON, one event a line. Read with plain errors, written so that they begin with what one must know.
import { type DemoEvent, type DemoEventOf, demoLimits, LATE_MS } from '../../server/demo/wire.ts'
import { textOfFile } from '../../server/text-file.ts'
import { oneByOne } from './crowd.ts'
import { indexAfter, type Log } from './log.ts'

/** What a page takes: a browser would stall on more. A full class fills it in some 48 minutes. */
export const MAX_BYTES = 64e6

/** About 30 years, ms: beyond, neighbouring moments would be the same number, and who goes from one to the next would not arrive. */
const MAX_TIME_MS = 1e12
/** More than fit on any screen. */
const MAX_LANES = 20

type Need = 'number' | 'number or null' | 'string' | 'object' | 'list'
type Needs = Readonly<Record<string, Need>>

const on = { lane: 'string', client: 'number', connection: 'number' } as const

/** What an event of each kind must have so that a page can show it: a finite number, another type as `typeof` says it, or a list. */
const needs: Readonly<Record<string, Needs>> = {
  knobs: { ratePerSecond: 'number', pollIntervalMs: 'number', rttMs: 'number', clients: 'number' },
  publish: { seq: 'number', count: 'number' },
  connect: { ...on, to: 'number' },
  disconnect: { ...on, by: 'string' },
  transit: { ...on, to: 'number', direction: 'string', what: 'string', bytes: 'number' },
  crowd: { lane: 'string', passes: 'list' },
  bytes: { lane: 'string', direction: 'string', what: 'string', piece: 'number', bytes: 'string' },
  deliver: { lane: 'string', client: 'number', seq: 'number', delayMs: 'number' },
  missed: { lane: 'string', client: 'number', count: 'number' },
  counts: { lanes: 'object' },
  scene: { scene: 'string', phase: 'string' },
  waiting: { scene: 'string' },
  votes: { scene: 'string', counts: 'list' },
  phones: { phones: 'list' },
}

const laneNeeds: Needs = {
  open: 'number',
  requests: 'number',
  bytesUp: 'number',
  bytesDown: 'number',
  delivered: 'number',
  delaySumMs: 'number',
  missed: 'number',
}

const phoneNeeds: Needs = {
  phone: 'number',
  transport: 'string',
  state: 'string',
  delayMs: 'number or null',
  behind: 'number',
}

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)

const fits: Readonly<Record<Need, (value: unknown) => boolean>> = {
  number: isNumber,
  'number or null': value => value === null || isNumber(value),
  string: value => typeof value === 'string',
  object: value => typeof value === 'object' && value !== null,
  list: value => Array.isArray(value),
}

/** What `value` lacks, in words; undefined where it lacks nothing. */
function lacking(value: unknown, needed: Needs): string | undefined {
  if (!fits.object(value)) return 'an object'
  for (const [name, type] of Object.entries(needed))
    if (!fits[type]((value as Readonly<Record<string, unknown>>)[name]))
      return `${type === 'object' ? 'an' : 'a'} ${type} "${name}"`
  return undefined
}

const isPass = (pass: unknown): boolean =>
  Array.isArray(pass) &&
  (pass.length === 6 || pass.length === 7) &&
  pass.every((each, at) => (at === 2 ? typeof each === 'string' : isNumber(each) && Math.abs(each) <= MAX_TIME_MS))

const lackingPair = ({ seqs }: Pick<DemoEventOf<'transit'>, 'seqs'>): string | undefined =>
  seqs === undefined || (Array.isArray(seqs) && seqs.length === 2 && seqs.every(isNumber))
    ? undefined
    : 'two numbers in "seqs", or none'

/** The same of what lies within it. */
function lackingWithin(event: DemoEvent): string | undefined {
  switch (event.kind) {
    case 'counts':
      for (const [lane, count] of Object.entries(event.lanes)) {
        const what = lacking(count, laneNeeds)
        if (what) return `${what} for the lane "${lane}"`
      }
      return undefined
    case 'phones': {
      if (event.phones.length > demoLimits.phones) return `at most ${demoLimits.phones} phones`
      const what = event.phones.map(phone => lacking(phone, phoneNeeds)).find(Boolean)
      return what && `${what} for each phone`
    }
    case 'crowd':
      return event.passes.every(isPass) ? undefined : 'five or six numbers and, third, a name in each of "passes"'
    case 'votes':
      return event.counts.length <= demoLimits.choices && event.counts.every(isNumber)
        ? undefined
        : `at most ${demoLimits.choices} numbers in "counts"`
    case 'bytes':
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(event.bytes)) return 'base64 in "bytes"'
      if (event.left !== undefined && !isNumber(event.left)) return 'a number "left", or none'
      return lackingPair(event)
    case 'transit':
      if (event.piece !== undefined && !isNumber(event.piece)) return 'a number "piece", or none'
      return lackingPair(event)
    default:
      return undefined
  }
}

/**
 * A recording's events in order, crowds taken apart. Throws a sentence that names the recording, the line and what is wrong with it. Where the disk
 * was full, or the recorder was killed, the file ends within a line: what is before it counts.
 */
export function parseRecording(text: string, name: string): DemoEvent[] {
  const events: DemoEvent[] = []
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    let event: unknown
    try {
      event = JSON.parse(line)
    } catch {
      if (index === lines.length - 1 && line.startsWith('{') && events.length > 0) break
      throw new Error(`Line ${index + 1} of ${name} is not JSON.`)
    }
    const { t, kind } = (event ?? {}) as { t?: unknown; kind?: unknown }
    if (typeof t !== 'number' || !Number.isFinite(t) || typeof kind !== 'string')
      throw new Error(`Line ${index + 1} of ${name} is no event of the demo: it must have a number "t" and a "kind".`)
    if (Math.abs(t) > MAX_TIME_MS)
      throw new Error(
        `Line ${index + 1} of ${name} has ${t} as "t": it must be from ${-MAX_TIME_MS} to ${MAX_TIME_MS}.`,
      )
    // Kinds that this page does not know may have what they like.
    const needed = Object.hasOwn(needs, kind) ? needs[kind]! : {}
    const what = lacking(event, needed) ?? lackingWithin(event as DemoEvent)
    if (what) throw new Error(`Line ${index + 1} of ${name} is of kind "${kind}" and must have ${what}.`)
    events.push(event as DemoEvent)
  }
  const [first] = events
  if (first?.kind !== 'start')
    throw new Error(`${name} is no recording of the demo: its first line must be of kind "start".`)
  if (first.version !== 1)
    throw new Error(`This page reads recordings of version 1; ${name} has version ${first.version}.`)
  if (!Array.isArray(first.lanes) || !first.lanes.every(lane => typeof lane === 'string'))
    throw new Error(`Line 1 of ${name} must have a list of names, "lanes".`)
  if (first.lanes.length > MAX_LANES || new Set(first.lanes).size < first.lanes.length)
    throw new Error(`Line 1 of ${name} must have at most ${MAX_LANES} "lanes", each of them once.`)
  return oneByOne(events).sort((a, b) => a.t - b.t)
}

/** Throws a sentence. */
export async function readRecording(file: File): Promise<DemoEvent[]> {
  if (file.size > MAX_BYTES)
    throw new Error(`${file.name} has ${file.size} bytes; a recording has at most ${MAX_BYTES}.`)
  return parseRecording(textOfFile(new Uint8Array(await file.arrayBuffer())), file.name)
}

/** Collects what comes from now on. */
export interface Recorder {
  take(events: readonly DemoEvent[]): void
  /** Of a log told anew takes what it had not heard. Gives false where that is not the log it records: of such a one it takes nothing. */
  resume(events: readonly DemoEvent[]): boolean
  /** The recording: from 0 on, beginning with how things stood. */
  stop(): string
}

/** Records from `atMs`, the log's end, or rather from LATE_MS before it on: of that time something may still be told. */
export function startRecording(log: Log, atMs: number): Recorder {
  const fromMs = Math.max(log.firstMs, atMs - LATE_MS)
  // What stood before stands from the first moment on.
  const events: DemoEvent[] = log
    .carried(fromMs)
    .map(event => ({ ...event, t: fromMs, ...('to' in event && { to: Math.max(fromMs, event.to) }) }))
  const order = (kind: DemoEvent['kind']): number => (kind === 'start' ? 0 : 1)
  events.sort((a, b) => order(a.kind) - order(b.kind))
  events.push(...log.events.slice(indexAfter(log.events, fromMs)))
  let isOurs = true
  const take: Recorder['take'] = added => {
    if (isOurs) for (const event of added) if (event.t > fromMs) events.push(event)
  }
  const { startedAtMs } = log
  return {
    take,
    resume(told) {
      const start = told.find(({ kind }) => kind === 'start') as DemoEventOf<'start'> | undefined
      isOurs = start !== undefined && start.startedAtMs === startedAtMs
      const had = new Set(events.filter(({ t }) => t > fromMs).map(event => JSON.stringify(event)))
      take(told.filter(event => !had.has(JSON.stringify(event))))
      return isOurs
    },
    stop: () =>
      events
        .sort((a, b) => a.t - b.t)
        .map(event => `${JSON.stringify(shifted(event, fromMs))}\n`)
        .join(''),
  }
}

const shifted = (event: DemoEvent, byMs: number): DemoEvent => ({
  ...event,
  t: event.t - byMs,
  ...('to' in event && { to: event.to - byMs }),
  ...(event.kind === 'start' && { startedAtMs: event.startedAtMs + byMs }),
})

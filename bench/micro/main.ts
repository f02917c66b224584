// Micro-benchmarks: what one call of a hot function costs here, beside the obvious way of writing it. For work on those functions; no test runs
// them, and no figure of the README comes from them.
import { Bench } from 'tinybench'
import { createEventStream } from '../../client/event-stream.ts'
import { newFrameReading, readFrames } from '../../client/network/frame-reader.ts'
import { textFrames } from '../../server/frames.ts'
import { encodeEvent, encodeNotice, encodePollAnswer, formatCursor, parseCursor } from '../../server/protocol.ts'

const EPOCH = 'k3x9a2q1w0'
const TIME_MS = 300
/** Calls that are timed together: a single one is shorter than a reading of the clock. */
const CALLS = 500
const body = JSON.stringify({ i: 1234, p: 'x'.repeat(80) })
const notices = Array.from({ length: 10 }, (_, i) => encodeNotice(4242 + i, 1_763_830_000_123, body))
const entries = notices.map(json => ({ json, bytes: Buffer.byteLength(json) }))
const frames = textFrames(entries)
const events = Buffer.from(notices.map((json, i) => encodeEvent(formatCursor(EPOCH, 4242 + i), json)).join(''))
let sink: unknown

const keep = (value: unknown): void => {
  sink = value
}
const silent = { onText: keep, onBinary: keep, onPing: keep, onPong: keep, onClose: keep, onViolation: keep }

/** Each group's first is ours. */
const groups: Readonly<Record<string, Readonly<Record<string, () => void>>>> = {
  'encode a notice': {
    'template around the body': () => keep(encodeNotice(4242, 1_763_830_000_123, body)),
    'JSON.stringify of the whole': () =>
      keep(JSON.stringify({ seq: 4242, at: 1_763_830_000_123, body: JSON.parse(body) })),
  },
  'ten notices as WebSocket frames': {
    'one buffer': () => keep(textFrames(entries)),
    'a buffer each, concatenated': () => keep(Buffer.concat(entries.map(entry => textFrames([entry])))),
  },
  'an answer of ten notices': {
    'joined texts': () => keep(Buffer.from(encodePollAnswer(`${EPOCH}.4252`, 0, notices))),
    'JSON.stringify': () =>
      keep(
        Buffer.from(
          JSON.stringify({ cursor: `${EPOCH}.4252`, missed: 0, notices: notices.map(json => JSON.parse(json)) }),
        ),
      ),
  },
  'read ten frames': {
    'own reader': () => readFrames(newFrameReading(), frames, 1e6, silent, undefined),
  },
  'read ten events': {
    'own parser': () => {
      const stream = createEventStream({ onEvent: keep, onRetry: keep, onComment: keep })
      stream.push(events)
    },
  },
  'read a cursor': { 'own pattern': () => keep(parseCursor(`${EPOCH}.4242`)) },
  'write a cursor': { template: () => keep(formatCursor(EPOCH, 4242)) },
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

for (const [group, ways] of Object.entries(groups)) {
  const bench = new Bench({ time: TIME_MS })
  for (const [name, run] of Object.entries(ways))
    bench.add(name, () => {
      for (let i = 0; i < CALLS; i++) run()
    })
  await bench.run()
  process.stdout.write(`${group}\n`)
  const medians = bench.tasks.map(({ name, result }) => [name, (median(result!.samples) / CALLS) * 1e6] as const)
  for (const [name, ns] of medians) {
    const ratio = ns / medians[0]![1]
    process.stdout.write(
      `  ${name.padEnd(32)} ${ns.toFixed(0).padStart(7)} ns${ns === medians[0]![1] ? '' : `  ${ratio.toFixed(2)} ×`}\n`,
    )
  }
}
if (sink === undefined) process.exitCode = 1

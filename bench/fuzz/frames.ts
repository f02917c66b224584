// Generated WebSocket frames (RFC 6455 §5): fragments, control frames, reserved bits, wrong lengths and masks; on every path that is upgraded.
import fc from 'fast-check'
import { demoPaths } from '../../server/demo/wire.ts'
import { opcodes } from '../../server/frames.ts'
import { limits } from '../../server/protocol.ts'
import { type Contestant, isStream } from '../contestants/contestant.ts'
import { contestants } from '../contestants/index.ts'
import { type Conversation, inBytes, talk } from './conversation.ts'
import { jsonText, nearly, oddText, spliced } from './json.ts'
import { cursorText, got } from './requests.ts'
import { packet } from './sessions.ts'

const OFFER =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

interface Frame {
  readonly isFinal: boolean
  /** Three bits that must be 0 without an extension. */
  readonly reserved: number
  readonly opcode: number
  readonly isMasked: boolean
  readonly payload: string
  /** Bytes of its length: the shortest is what it ought to be. */
  readonly lengthBytes: 'shortest' | 2 | 8
  /** Length that is told, less the one that it has. */
  readonly more: number
}

/** As bytes, a character each. Its mask is all zeros: it changes nothing, and a server cannot know. */
function frameText({ isFinal, reserved, opcode, isMasked, payload, lengthBytes, more }: Frame): string {
  const length = Math.max(0, payload.length + more)
  const form = lengthBytes === 'shortest' ? (length < 126 ? 0 : length < 65_536 ? 2 : 8) : lengthBytes
  const head = Buffer.alloc(2 + form + (isMasked ? 4 : 0))
  head[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode
  head[1] = (isMasked ? 0x80 : 0) | (form === 0 ? length & 0x7f : form === 2 ? 126 : 127)
  if (form === 2) head.writeUInt16BE(length & 0xffff, 2)
  if (form === 8) head.writeBigUInt64BE(BigInt(length), 2)
  return head.toString('latin1') + payload
}

const mostly = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 15, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(usual, ...others) })

const closing = fc
  .tuple(fc.nat(65_535), oddText)
  .map(([code, reason]) => String.fromCharCode(code >> 8, code & 0xff) + inBytes(reason))

/** What a frame holds besides what its path takes. */
const anything = (usual: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: usual },
    { weight: 2, arbitrary: oddText.map(inBytes) },
    { weight: 1, arbitrary: closing },
    { weight: 1, arbitrary: fc.string({ unit: fc.nat(255).map(byte => String.fromCharCode(byte)), maxLength: 200 }) },
    { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }).map(by => 'x'.repeat(limits.frameBytes + by)) },
    { weight: 1, arbitrary: fc.constantFrom('', 'x'.repeat(125), 'x'.repeat(126)) },
  )

const frame = (usual: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .record<Frame>({
      isFinal: mostly(true, false, false, false),
      reserved: mostly(0, 1, 2, 4, 7),
      opcode: fc.oneof(
        { weight: 8, arbitrary: fc.constant(opcodes.text) },
        {
          weight: 4,
          arbitrary: fc.constantFrom(opcodes.continuation, opcodes.ping, opcodes.pong, opcodes.close, opcodes.binary),
        },
        { weight: 1, arbitrary: fc.nat(15) },
      ),
      isMasked: mostly(true, false),
      payload: anything(usual),
      lengthBytes: mostly<Frame['lengthBytes']>('shortest', 2, 8),
      more: mostly(0, -1, 1, 70_000, 2 ** 40, 2 ** 53),
    })
    .map(frameText)

/** A message in fragments, with control frames between them. */
const fragmented = (usual: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(anything(usual), fc.nat(40), fc.option(frame(usual), { freq: 3, nil: '' }))
    .map(([payload, pieces, between]) => {
      const size = Math.ceil(payload.length / (pieces + 1)) || 1
      const parts = Array.from({ length: pieces + 1 }, (_, i) => payload.slice(i * size, (i + 1) * size))
      return parts
        .map((part, i) =>
          frameText({
            isFinal: i === pieces,
            reserved: 0,
            opcode: i === 0 ? opcodes.text : opcodes.continuation,
            isMasked: true,
            payload: part,
            lengthBytes: 'shortest',
            more: 0,
          }),
        )
        .join(between)
    })

const message = (usual: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 5, arbitrary: frame(usual) }, { weight: 1, arbitrary: fragmented(usual) })

/** An upstream frame of the stream itself. */
const publishing = spliced(
  nearly({
    publish: jsonText,
    ref: fc.oneof(
      fc.nat().map(String),
      oddText.map(text => JSON.stringify(text)),
    ),
    id: fc.nat(1000).map(id => `"i${id}"`),
    token: oddText.map(text => JSON.stringify(text)),
  }),
).map(inBytes)

const asked = fc
  .option(cursorText, { freq: 2, nil: undefined })
  .map(text => (text === undefined ? '' : text.replace(/[^{}!-~]|[%#&?]/g, '')))

/** Streams that are upgraded, by what is sent up on them: JSON of ours, or packets of a library's. */
const upgraded = Object.values((contestants.lab as Contestant).dialects)
  .filter(dialect => isStream(dialect) && dialect.kind === 'frames')
  .map(({ path, joinsWith }) => {
    const isPackets = joinsWith !== undefined
    const begins = asked.map(after => {
      const where = after === '' ? path : `${path}${path.includes('?') ? '&' : '?'}after=${after}`
      const join = isPackets
        ? frameText({
            isFinal: true,
            reserved: 0,
            opcode: opcodes.text,
            isMasked: true,
            payload: joinsWith,
            lengthBytes: 'shortest',
            more: 0,
          })
        : ''
      return got(where, OFFER) + join
    })
    return { kind: isPackets ? 'packets' : 'frames', begins, message: message(isPackets ? packet : publishing) }
  })

const scene = nearly({
  kind: fc.constantFrom(
    '"scene"',
    '"knobs"',
    '"counts"',
    '"votes"',
    '"phones"',
    '"state"',
    '"cut"',
    '"heal"',
    '"deliver"',
    '"end"',
    '"start"',
  ),
  t: fc.double().map(t => JSON.stringify(t)),
  scene: fc.constantFrom('"a"', '"b"'),
  phase: fc.constantFrom('"ask"', '"run"', '"reveal"', '"over"'),
  pollIntervalMs: fc.nat(5000).map(String),
  lane: jsonText,
  client: fc.nat(3).map(String),
})
const engine = spliced(
  fc.oneof(
    { weight: 4, arbitrary: fc.array(scene, { maxLength: 5 }).map(events => `{"events":[${events.join(',')}]}`) },
    { weight: 1, arbitrary: nearly({ events: jsonText }) },
    {
      weight: 1,
      arbitrary: nearly({
        start: nearly({
          startedAtMs: fc.nat().map(String),
          token: fc.constant('"t"'),
          code: fc.constant('"WXYZ"'),
          joinUrls: fc.constant('["http://127.0.0.1/"]'),
        }),
      }),
    },
  ),
).map(inBytes)

export const frames: readonly fc.Arbitrary<Conversation>[] = [
  ...upgraded.map(each => talk({ ...each, most: 10 })),
  talk({
    kind: "the demo's frames",
    begins: fc.constant(got(demoPaths.telemetry, OFFER)),
    message: message(jsonText.map(inBytes)),
    most: 3,
  }),
  talk({
    kind: "the demo's frames",
    begins: fc.constant(got(demoPaths.engine, OFFER)),
    message: message(engine),
    most: 6,
    over: 'control',
  }),
]

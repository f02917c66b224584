// Packets of Engine.IO and Socket.IO as they may come, and what holds of reading them.
import fc from 'fast-check'
import { expect } from 'vitest'
import { toBytes } from './bytes.ts'
import { engineTypes, readPacket, SEPARATOR, socketTypes, writePacket, writeSocketPacket } from './engine-io.ts'
import { type Law, law, outcomeOf } from './law.fixture.ts'

const json = fc.oneof(
  fc.constant(''),
  fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 }).map(value => JSON.stringify(value)),
  fc
    .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 })
    .map(value => JSON.stringify(value)),
)
export const socketPacket = fc
  .record({
    type: fc.constantFrom(...socketTypes),
    namespace: fc.oneof(
      fc.constant('/'),
      fc.string({ unit: fc.constantFrom(...'abz0-?=&/'), minLength: 1, maxLength: 10 }).map(name => `/${name}`),
    ),
    ackId: fc.option(fc.nat(), { nil: undefined }),
    attachments: fc.nat(99),
    data: json,
  })
  .map(packet => (packet.type.startsWith('binary') ? packet : { ...packet, attachments: 0 }))

export const packet = fc.oneof(
  socketPacket.map(written => ({ type: 'message' as const, data: writeSocketPacket(written) })),
  fc.record({
    type: fc.constantFrom(...engineTypes.filter(type => type !== 'message')),
    data: fc.constantFrom('', 'probe', '{"sid":"x"}'),
  }),
  fc.record({ type: fc.constant('binary' as const), data: fc.base64String({ maxLength: 20 }) }),
)

export const engineLaws: readonly Law[] = [
  law('a packet of Socket.IO that is written reads the same', socketPacket, written => {
    const data = writeSocketPacket(written)
    const read = readPacket(writePacket({ type: 'message', data }))
    expect(read.type).toBe('message')
    expect(read.socket).toEqual({ ...written, headLength: data.length - written.data.length })
  }),
  law('packets in one body are told apart', fc.array(packet, { minLength: 1, maxLength: 5 }), written => {
    const body = written.map(writePacket).join(SEPARATOR)
    expect(
      body
        .split(SEPARATOR)
        .map(text => readPacket(text))
        .map(({ type, data }) => ({ type, data })),
    ).toEqual(written)
  }),
  law(
    'any text is a packet or broken at a character of it',
    fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: fc.constantFrom(...'0123456b-/,[]'), maxLength: 12 })),
    text => {
      const said = outcomeOf(toBytes(text), () => readPacket(text))
      if (said && 'type' in said && said.type !== 'message') expect(writePacket(said)).toBe(text)
    },
  ),
]

import { describe, expect, test } from 'vitest'
import { readPacket, writePacket, writeSocketPacket } from './engine-io.ts'
import { Malformed } from './part.ts'

function broken(text: string): [at: number, rule: string] {
  try {
    readPacket(text)
  } catch (error) {
    if (error instanceof Malformed) return [error.at, error.message]
    throw error
  }
  throw new Error('nothing is broken')
}

/** Those of the protocols' own pages, with what they say. */
describe('a packet', () => {
  test.each([
    ['0{"sid":"x"}', { type: 'open', data: '{"sid":"x"}', socket: undefined }],
    ['2probe', { type: 'ping', data: 'probe', socket: undefined }],
    ['3', { type: 'pong', data: '', socket: undefined }],
    ['6', { type: 'noop', data: '', socket: undefined }],
    ['bAQIDBA==', { type: 'binary', data: 'AQIDBA==', socket: undefined }],
  ] as const)('%s', (text, read) => {
    expect(readPacket(text)).toEqual(read)
    expect(writePacket(read)).toBe(text)
  })

  test.each([
    ['40', { type: 'connect', namespace: '/', ackId: undefined, attachments: 0, data: '', headLength: 1 }],
    [
      '40/admin,{"sid":"x"}',
      { type: 'connect', namespace: '/admin', ackId: undefined, attachments: 0, data: '{"sid":"x"}', headLength: 8 },
    ],
    ['42["foo"]', { type: 'event', namespace: '/', ackId: undefined, attachments: 0, data: '["foo"]', headLength: 1 }],
    ['4212["foo"]', { type: 'event', namespace: '/', ackId: 12, attachments: 0, data: '["foo"]', headLength: 3 }],
    [
      '43/admin,13["bar"]',
      { type: 'ack', namespace: '/admin', ackId: 13, attachments: 0, data: '["bar"]', headLength: 10 },
    ],
    [
      '41/admin,',
      { type: 'disconnect', namespace: '/admin', ackId: undefined, attachments: 0, data: '', headLength: 8 },
    ],
    [
      '44/admin,{"message":"no"}',
      {
        type: 'connect error',
        namespace: '/admin',
        ackId: undefined,
        attachments: 0,
        data: '{"message":"no"}',
        headLength: 8,
      },
    ],
    [
      '452-/admin,7["baz",{}]',
      { type: 'binary event', namespace: '/admin', ackId: 7, attachments: 2, data: '["baz",{}]', headLength: 11 },
    ],
  ] as const)('%s', (text, socket) => {
    const read = readPacket(text)
    expect(read).toEqual({ type: 'message', data: text.slice(1), socket })
    expect(writePacket({ type: 'message', data: writeSocketPacket(socket) })).toBe(text)
  })

  test('of no known type is broken at its character', () => {
    expect(broken('')).toEqual([0, 'a packet of Engine.IO must begin with 0 to 6 or b, got ""'])
    expect(broken('7x')).toEqual([0, 'a packet of Engine.IO must begin with 0 to 6 or b, got "7x"'])
    expect(broken('48')).toEqual([1, 'a packet of Socket.IO must begin with 0 to 6, got "8"'])
    expect(broken('45["x"]')).toEqual([2, 'a binary packet must say how many attachments follow, got "[\\"x\\"]"'])
  })
})

// Handshakes to try: what each sends, and how a list of them is kept.
import { describe, expect, test } from 'vitest'
import { acceptOf } from '../codecs/accept.ts'
import { latin1, toBytes } from '../codecs/bytes.ts'
import { handshakeBytes, plainTry, steps, triesOf } from './tries.ts'

const textOf = (step: (typeof steps)[number]) => latin1(handshakeBytes(step, 'localhost:8080', '/api/x'))

describe('a handshake', () => {
  test('that is right has what RFC 6455 asks for, with the key of its example', () => {
    const lines = textOf('right').split('\r\n')
    expect(lines).toEqual([
      'GET /api/x HTTP/1.1',
      'Host: localhost:8080',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
      '',
    ])
    expect(acceptOf(lines[5]!.split(': ')[1]!).accept).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  })

  test('that is wrong is wrong in one thing', () => {
    const right = textOf('right').split('\r\n')
    for (const step of steps) {
      const lines = textOf(step).split('\r\n')
      const missing = right.filter(line => !lines.includes(line))
      const added = lines.filter(line => !right.includes(line))
      expect([step, Math.max(missing.length, added.length)]).toEqual([
        step,
        step === 'right' || step === 'unmasked' ? 0 : 1,
      ])
    }
  })
})

describe('tries', () => {
  const tries = {
    format: 'transport-lab-tries',
    version: 1,
    takenAt: '2026-01-02T03:04:05.000Z',
    tries: [{ step: 'right', connection: { openedMs: 0, chunks: [{ way: 'up', atMs: 0, bytes: toBytes('GET') }] } }],
  } as const

  test('come back from JSON as they went', () => {
    expect(triesOf(JSON.parse(JSON.stringify({ ...tries, tries: tries.tries.map(plainTry) })))).toEqual(tries)
  })

  test('that are none are refused with the field', () => {
    expect(() => triesOf({})).toThrow('"format" and "version" must be "transport-lab-tries" and 1, got')
    expect(() => triesOf({ ...tries, tries: [{ step: 'right' }] })).toThrow(
      '"tries[0].connection" must be an object, got undefined',
    )
    expect(() => triesOf({ ...tries, tries: [{ connection: {} }] })).toThrow('"tries[0].step" must be a text')
  })
})

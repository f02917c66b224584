import type { Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as ws from 'ws'
import { textFrames } from './frames.ts'
import { encodeEvent, encodeNotice, encodePollAnswer, formatCursor, parseCursor } from './protocol.ts'

// Exported by ws, but unknown to its type declarations.
const { Receiver } = ws as unknown as { Receiver: new () => Writable }

describe('cursors', () => {
  it('survive the round trip', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,32}$/), fc.maxSafeNat(), (epoch, seq) => {
        expect(parseCursor(formatCursor(epoch, seq))).toEqual({ epoch, seq })
      }),
    )
  })

  it.each([
    '',
    '.',
    'e.',
    '.1',
    'e.01',
    'e.-1',
    'e.1.2',
    'E.1',
    'e.9007199254740992',
    `${'e'.repeat(33)}.1`,
    'e.1 ',
    'é.1',
    'earliest',
  ])('refuse %j', text => expect(parseCursor(text)).toBeUndefined())
})

describe('encoded notices', () => {
  it('are the JSON that was published, whatever it is', () => {
    fc.assert(
      fc.property(fc.nat(), fc.jsonValue(), (seq, body) => {
        const bodyJson = JSON.stringify(body)
        const expected = { seq, at: 5, body: JSON.parse(bodyJson) }
        expect(JSON.parse(encodeNotice(seq, 5, bodyJson))).toEqual(expected)
        expect(JSON.parse(encodePollAnswer('e.1', null, [encodeNotice(seq, 5, bodyJson)]))).toEqual({
          cursor: 'e.1',
          missed: null,
          notices: [expected],
        })
      }),
    )
  })

  it('stay on one line, so that they are one data field of an event', () => {
    fc.assert(
      fc.property(fc.jsonValue(), body => {
        expect(encodeEvent('e.1', encodeNotice(1, 1, JSON.stringify(body))).split('\n')).toHaveLength(4)
      }),
    )
  })

  it('are frames that an independent receiver reads, at every length of header', async () => {
    const texts = [
      '',
      'é'.repeat(62),
      'x'.repeat(125),
      'x'.repeat(126),
      '🧪'.repeat(9000),
      'x'.repeat(65_535),
      'x'.repeat(65_536),
    ]
    const receiver = new Receiver()
    const received: string[] = []
    receiver.on('message', (data: Buffer) => received.push(String(data)))
    const frames = textFrames(texts.map(json => ({ json, bytes: Buffer.byteLength(json) })))
    for (let at = 0; at < frames.length; at += 999) receiver.write(frames.subarray(at, at + 999))
    await new Promise<void>(resolve => receiver.end(() => resolve()))
    expect(received).toEqual(texts)
  })
})

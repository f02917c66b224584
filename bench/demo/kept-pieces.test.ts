// Bytes of lines: bounded, without secrets, and a few of each kind for the log.
import { describe, expect, test } from 'vitest'
import { type DemoEvent, type DemoEventOf, pieceLimits } from '../../server/demo/wire.ts'
import { createKeptPieces, withoutSecrets } from './kept-pieces.ts'

type Transit = DemoEventOf<'transit'>
type Sample = DemoEventOf<'bytes'>

const passed = (of: Partial<Transit> = {}): Transit => ({
  ...{
    kind: 'transit',
    t: 1,
    to: 2,
    lane: 'sse',
    client: 0,
    connection: 0,
    direction: 'down',
    what: 'message',
    bytes: 5,
  },
  ...of,
})
const raw = (text: string, left = 0) => ({ bytes: new Uint8Array(Buffer.from(text, 'latin1')), left })
const textOf = (base64: string) => Buffer.from(base64, 'base64').toString('latin1')

function keeper() {
  const samples: Sample[] = []
  const pieces = createKeptPieces((event: DemoEvent) => samples.push(event as Sample))
  return { samples, ...pieces }
}

describe('the bytes of a piece', () => {
  test('are found by the number that its event got', () => {
    const { keep, find } = keeper()
    const [first, second] = [keep(passed(), raw('hello')), keep(passed(), raw('worl', 100))]
    expect(find(first.piece!)).toEqual({ piece: 1, bytes: Buffer.from('hello').toString('base64') })
    expect(find(second.piece!)).toEqual({ piece: 2, bytes: Buffer.from('worl').toString('base64'), left: 100 })
    for (const piece of [0, 3, -1, Number.NaN]) expect(find(piece)).toBe(null)
  })

  test('make room for newer ones, however large or small they are', () => {
    for (const bytes of [0, 500, pieceLimits.bytes]) {
      const { keep, find } = keeper()
      const count = 2 * Math.ceil(pieceLimits.allBytes / (bytes + 200))
      for (let i = 0; i < count; i++) keep(passed(), raw('x'.repeat(bytes)))
      let kept = 0
      for (let piece = 1; piece <= count; piece++) if (find(piece)) kept++
      expect(kept * bytes).toBeLessThanOrEqual(pieceLimits.allBytes)
      expect(kept).toBeLessThanOrEqual(count / 2)
      expect(kept).toBeGreaterThan(count / 4)
      expect(find(count)).not.toBe(null)
      expect(find(1)).toBe(null)
    }
  })

  test('say nothing that opens anything, and are as long as they were', () => {
    const head =
      'GET /api/sse?after=a.1&phone=AAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: here\r\ncookie: a=1; b=2\r\nAuthorization:Bearer secret\r\nAccept: */*\r\n\r\n'
    const body = 'Cookie: stays\r\n'
    const safe = Buffer.from(withoutSecrets(raw(head + body).bytes)).toString('latin1')
    expect(safe).toBe(
      `GET /api/sse?after=a.1&phone=${'x'.repeat(22)} HTTP/1.1\r\nHost: here\r\ncookie: ${'x'.repeat(8)}\r\nAuthorization:${'x'.repeat(13)}\r\nAccept: */*\r\n\r\n${body}`,
    )
    const answer = 'HTTP/1.1 200 OK\r\nSet-Cookie: key=1\r\n\r\n'
    expect(Buffer.from(withoutSecrets(raw(answer).bytes)).toString()).toBe(answer.replace('key=1', 'xxxxx'))
    for (const text of ['data: Cookie: x\n\n', '\x81\x02hi', '', 'GET / HTTP/1.1\r\nA: b\r\n\r\n'])
      expect(Buffer.from(withoutSecrets(raw(text).bytes)).toString('latin1')).toBe(text)
  })
})

describe('samples for the log', () => {
  const told = (samples: readonly Sample[]) =>
    samples.map(({ lane, what, seqs, bytes }) => [lane, what, ...(seqs ?? []), textOf(bytes)].join(' '))

  test('are the first of each kind, and the first with notices after each turn', () => {
    const { keep, samples, turn } = keeper()
    const all = (mark: string): void => {
      keep(passed({ direction: 'up', what: 'request' }), raw(`ask ${mark}`))
      keep(passed({ what: 'heartbeat' }), raw(`: ${mark}`))
      keep(passed({ seqs: [1, 1] }), raw(`one ${mark}`))
      keep(passed({ seqs: [2, 3] }), raw(`two ${mark}`))
      keep(passed({ lane: 'websocket', seqs: [1, 1] }), raw(`frame ${mark}`))
    }
    all('a')
    const first = ['sse request ask a', 'sse heartbeat : a', 'sse message 1 1 one a', 'websocket message 1 1 frame a']
    expect(told(samples)).toEqual(first)
    turn('knobs')
    all('b')
    expect(told(samples).slice(first.length)).toEqual(['sse message 1 1 one b', 'websocket message 1 1 frame b'])
    turn('cut')
    all('c')
    expect(told(samples).slice(-4)).toEqual(first.map(text => text.replace(/a$/, 'c')))
    expect(samples.map(({ piece }) => piece)).toEqual([1, 2, 3, 5, 8, 10, 11, 12, 13, 15])
  })

  test('are short, and few', () => {
    const { keep, samples, turn } = keeper()
    for (let i = 0; i < 200; i++) {
      keep(passed({ seqs: [i, i] }), raw('x'.repeat(5000), 7))
      turn('cut')
    }
    expect(samples[0]).toMatchObject({ left: 5000 - 2048 + 7 })
    expect(textOf(samples[0]!.bytes)).toHaveLength(2048)
    const bytes = samples.reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(bytes).toBeLessThanOrEqual(pieceLimits.sampleBytes)
    expect(bytes).toBeGreaterThan(0.9 * pieceLimits.sampleBytes)
  })
})

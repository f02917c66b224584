// Which headers are needed, which are repeated, and which could be left out.
import { describe, expect, it } from 'vitest'
import { shortPollsCapture, webSocketCapture } from './capture.fixture.ts'
import { allBytesByNeed, bytesByNeed, headsOf, needOf } from './headers.ts'
import { readingOf } from './reading.ts'

const needsOf = (capture: Parameters<typeof readingOf>[0]) => {
  const heads = headsOf(readingOf(capture))
  return heads.map(of => of.head.fields.map(field => `${field.name} ${needOf(field, of, heads)}`))
}

describe('a header', () => {
  it('that makes the handshake is needed, and what else it carries goes over the wire once', () => {
    expect(needsOf(webSocketCapture())).toEqual([
      [
        'Host needed',
        'Upgrade needed',
        'Connection needed',
        'User-Agent optional',
        'Sec-WebSocket-Key needed',
        'Sec-WebSocket-Version needed',
      ],
      ['Upgrade needed', 'Connection needed', 'Sec-WebSocket-Accept needed'],
    ])
  })

  it('that nobody needs is repeated by each poll, but not by a publish that is the only one', () => {
    const [first, , second, , , , post] = needsOf(shortPollsCapture())
    expect(first).toEqual(['Host needed', 'User-Agent repeated'])
    expect(second).toEqual(first)
    expect(post).toEqual(['Host needed', 'User-Agent optional', 'Content-Length needed'])
  })

  it('is counted in one group with its line, and the groups are all of the head', () => {
    const heads = headsOf(readingOf(shortPollsCapture()))
    expect(bytesByNeed(heads[0]!, heads)).toEqual({
      needed: 'GET /api/short-polling HTTP/1.1\r\nHost: localhost\r\n\r\n'.length,
      repeated: 'User-Agent: a browser\r\n'.length,
      optional: 0,
    })
    const whole = heads.reduce((sum, { head }) => sum + head.to - head.from, 0)
    expect(Object.values(allBytesByNeed(heads)).reduce((sum, bytes) => sum + bytes, 0)).toBe(whole)
  })
})

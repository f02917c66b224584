// One capture at a time, and what ends it, with a tap that is none.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { captureLimits } from '../../client/anatomy/capture.ts'
import { toBytes } from '../../client/codecs/bytes.ts'
import { createCapturing } from './capturing.ts'
import { plan, publications } from './plan.ts'
import type { Tapped } from './tap.ts'

const wish = { transport: 'some-transport', port: 1, userAgent: 'Mozilla/5.0 Chrome/140.0.0.0 Safari/537.36' }

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function parts(tapped: Partial<Tapped> = {}, status = 201) {
  const calls: string[] = []
  let seq = 0
  const posted: unknown[][] = []
  return {
    calls,
    posted,
    tap: {
      begin(port?: number) {
        calls.push(`begin ${port}`)
        const beganMs = performance.now()
        return () => performance.now() - beganMs
      },
      quiet: async () => void calls.push('quiet'),
      end(port?: number) {
        calls.push(`end ${port}`)
        return { connections: [], lastedMs: 7, isFull: false, ...tapped }
      },
    },
    poster: {
      async post(_path: string, json: string) {
        const bodies = JSON.parse(json) as unknown[]
        posted.push(bodies)
        return { status, text: JSON.stringify({ seqs: bodies.map(() => ++seq) }) }
      },
    },
    count: async () => [{ port: 5, bytesIn: 3, bytesOut: 4, isMixed: false }],
    isSecure: false,
  }
}

describe('a capture', () => {
  test('has what was published meanwhile, who the client was, and what passed', async () => {
    const chunks = [
      { way: 'up', atMs: 1, bytes: toBytes('GET /api/some-transport HTTP/1.1\r\nCookie: a\r\n\r\n') },
    ] as const
    const own = { openedMs: 1, chunks, serverPort: 5 }
    // Opened once the page had stopped: for asking for the end.
    const late = { ...own, openedMs: plan.lastsMs + 1, serverPort: 6 }
    const all = parts({ connections: [own, late] })
    const capturing = createCapturing(all)
    expect(capturing.begin(wish)).toBe(plan)
    await vi.advanceTimersByTimeAsync(plan.lastsMs)
    const capture = await capturing.end({ port: 9 })
    expect(all.calls).toEqual(['begin 1', 'quiet', 'end 9'])
    expect(all.posted).toEqual(publications.map(({ bodies }) => bodies.map(body => ({ body }))))
    expect(capture).toMatchObject({
      transport: 'some-transport',
      client: 'Chrome 140',
      lastedMs: 7,
      counted: { upBytes: 3, downBytes: 4 },
      redacted: ['Cookie'],
    })
    expect(capture.published.map(({ seq }) => seq)).toEqual(
      publications.flatMap(({ bodies }) => bodies).map((_, i) => i + 1),
    )
    for (const { atMs } of publications) expect(capture.published.map(each => Math.round(each.atMs))).toContain(atMs)
    expect(capture.connections.length).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is one at a time, and the next may begin once it is over', async () => {
    const capturing = createCapturing(parts())
    capturing.begin(wish)
    expect(() => capturing.begin({ ...wish, transport: 'another' })).toThrow(
      'a capture of some-transport is under way, and there is one at a time: try again in 7 s',
    )
    const [ending, again] = [capturing.end({ port: 1 }), capturing.end({ port: 1 })]
    expect(() => capturing.begin(wish)).toThrow('is under way')
    await expect(again).rejects.toThrow('the capture is being ended already')
    await ending
    expect(capturing.begin(wish)).toBe(plan)
    capturing.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that nobody ends is given up, and whoever comes for it later is told', async () => {
    const all = parts()
    const capturing = createCapturing(all)
    capturing.begin(wish)
    await vi.advanceTimersByTimeAsync(captureLimits.lastsMs)
    expect(all.calls).toEqual(['begin 1', 'end undefined'])
    await expect(capturing.end({ port: 1 })).rejects.toThrow(
      'no capture is under way; the last one was given up after 30 s, since nobody ended it',
    )
    capturing.begin(wish)
    await capturing.end({ port: 1 })
    await expect(capturing.end({ port: 1 })).rejects.toThrow(/^no capture is under way$/)
  })

  test('of which not all was kept is none', async () => {
    const capturing = createCapturing(parts({ isFull: true }))
    capturing.begin(wish)
    await expect(capturing.end({ port: 1 })).rejects.toThrow('must have at most 1048576 bytes, and more passed')
    expect(capturing.begin(wish)).toBe(plan)
  })

  test('whose notices are refused is none', async () => {
    const all = parts({}, 503)
    const capturing = createCapturing(all)
    capturing.begin(wish)
    await vi.advanceTimersByTimeAsync(publications[0]!.atMs)
    await expect(capturing.end({ port: 1 })).rejects.toThrow('a notice was answered with 503')
    expect(all.calls).toEqual(['begin 1', 'quiet', 'end 1'])
    expect(capturing.begin(wish)).toBe(plan)
  })
})

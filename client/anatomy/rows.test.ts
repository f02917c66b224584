// Lines of parts, and where arrow keys lead in them.
import { describe, expect, it } from 'vitest'
import { eventsCapture, webSocketCapture } from './capture.fixture.ts'
import { unmasking } from './masking.ts'
import { readingOf } from './reading.ts'
import { linesOf, partAt, stopAfter } from './rows.ts'

const entryAt = (capture: Parameters<typeof readingOf>[0], number: number) => readingOf(capture).entries[number - 1]!
const namesOf = (lines: ReturnType<typeof linesOf>) => lines.map(line => line.map(({ part }) => part.name))

describe('the lines of a message', () => {
  it('are its headers, and of an event the lines of its text', () => {
    const request = entryAt(webSocketCapture(), 1)
    expect(namesOf(linesOf(request.message, request.bytes))).toEqual([
      ['request line'],
      ...['Host', 'Upgrade', 'Connection', 'User-Agent', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version'].map(name => [
        name,
      ]),
      ['empty line'],
    ])
    const event = entryAt(eventsCapture(), 4)
    expect(namesOf(linesOf(event.message, event.bytes))).toEqual([
      ['field id', 'id', 'end of line'],
      ['field data', 'notice 1', 'end of line'],
      ['empty line'],
    ])
  })

  it('have every part once, at a place that leads back to it', () => {
    for (const capture of [webSocketCapture(), eventsCapture()])
      for (const { message, bytes } of readingOf(capture).entries) {
        const stops = linesOf(message, bytes).flat()
        expect(stops.map(({ part }) => part)).toEqual(message.parts)
        for (const { path, part } of stops) expect(partAt(message.parts, path)).toBe(part)
      }
    expect(partAt([], '0')).toBeUndefined()
  })
})

describe('arrow keys', () => {
  const { message, bytes } = entryAt(webSocketCapture(), 9)
  const lines = linesOf(message, bytes)
  const walk = (from: string | undefined, ...keys: string[]) =>
    keys.reduce((at, key) => stopAfter(lines, at, key) ?? at, from)

  it('go up and down by lines, and to the sides through the bits of a byte', () => {
    expect(walk('0', 'ArrowRight')).toBe('0.0')
    expect(walk('0', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight')).toBe('1')
    expect(walk('0.1', 'ArrowDown')).toBe('1')
    expect(walk('1.1', 'ArrowUp')).toBe('0')
    expect(walk('1', 'ArrowLeft')).toBe('0.2')
    expect(walk('1', 'Home')).toBe('0')
    expect(walk('0', 'End')).toBe(String(message.parts.length - 1))
  })

  it('stay at the ends, and other keys lead nowhere', () => {
    expect(stopAfter(lines, '0', 'ArrowUp')).toBeUndefined()
    expect(stopAfter(lines, walk('0', 'End'), 'ArrowDown')).toBeUndefined()
    expect(stopAfter(lines, '0', 'x')).toBeUndefined()
  })
})

describe('a mask', () => {
  it('is undone byte by byte', () => {
    const { message, bytes } = entryAt(webSocketCapture(), 9)
    const steps = unmasking(bytes, message.frame!, 5)
    expect(String.fromCharCode(...steps.map(({ plain }) => plain))).toBe('{"pub')
    for (const { wire, mask, plain } of steps) expect(wire ^ mask).toBe(plain)
    expect(steps[4]!.mask).toBe(steps[0]!.mask)
    expect(unmasking(bytes, { ...message.frame!, isMasked: false }, 5)).toEqual([])
  })
})

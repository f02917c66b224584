// A capture taken apart: one order of time over all connections, and what TCP's reads had to do with messages.
import { describe, expect, it } from 'vitest'
import { clientTransports } from '../transports/index.ts'
import {
  captureOfReads,
  eventsCapture,
  heldPollsCapture,
  shortPollsCapture,
  webSocketCapture,
} from './capture.fixture.ts'
import { sizeOf as bytesOfCapture } from './capture.ts'
import { handshakeOf } from './handshake.ts'
import { headsOf } from './headers.ts'
import { otherHalfOf, type Reading, readingOf, sizeOf } from './reading.ts'
import { loadRecording } from './recorded.ts'
import { sayingOf, sightsOf, titleOf } from './words.ts'

const made = { webSocketCapture, shortPollsCapture, heldPollsCapture, eventsCapture }
const titles = (reading: Reading) => reading.entries.map(titleOf)
const sights = (reading: Reading) => Object.fromEntries(sightsOf(reading).map(({ label, number }) => [label, number]))

describe('a reading', () => {
  it('has the messages of all connections in one order of time', () => {
    const reading = readingOf(shortPollsCapture())
    expect(titles(reading)).toEqual([
      'GET /api/short-polling',
      '200 OK: nothing new',
      'GET /api/short-polling',
      '200 OK: notices 1 to 2',
      'GET /api/short-polling',
      '200 OK: nothing new',
      'POST /api/notices',
      '201 Created',
    ])
    expect(reading.entries.map(({ connection }) => connection)).toEqual([1, 1, 1, 1, 1, 1, 2, 2])
    expect(reading.delivered).toEqual([1, 2])
    expect(otherHalfOf(reading.entries[3]!, reading)).toBe(reading.entries[2])
    expect(otherHalfOf(reading.entries[2]!, reading)).toBe(reading.entries[3])
  })

  it('says where several messages came in one read, and where one came in several', () => {
    const { entries } = readingOf(webSocketCapture())
    expect(entries.filter(({ sharesRead }) => sharesRead).map(titleOf)).toEqual(['text frame: notice 2'])
    expect(entries.filter(({ reads }) => reads > 1).map(each => [titleOf(each), each.reads])).toEqual([
      ['text frame: notice 3', 2],
    ])
  })

  it('of TLS has no messages', () => {
    const bytes = Uint8Array.of(23, 3, 3, 0, 1, 0)
    expect(readingOf(captureOfReads('sse', [[[0, 'up', bytes]]], { isSecure: true })).entries).toEqual([])
  })
})

describe('places worth looking at', () => {
  it('are found where they are', () => {
    expect(sights(readingOf(webSocketCapture()))).toEqual({
      handshake: 1,
      'the server agrees': 2,
      'a notice': 4,
      'several in one read': 5,
      'cut by a read': 6,
      ping: 7,
      pong: 8,
      upstream: 9,
      close: 12,
    })
    expect(sights(readingOf(shortPollsCapture()))).toEqual({ 'empty poll': 2, 'a notice': 4, upstream: 7 })
    expect(sights(readingOf(heldPollsCapture()))).toEqual({ 'held poll': 1, 'a notice': 2, 'empty poll': 4 })
    expect(sights(readingOf(eventsCapture()))).toEqual({
      'an endless answer': 2,
      'a notice': 4,
      heartbeat: 5,
      upstream: 6,
    })
  })

  it('have a sentence each that is of this message', () => {
    const reading = readingOf(heldPollsCapture())
    expect(reading.entries.map(each => sayingOf(each, reading))).toEqual([
      expect.stringContaining('A poll that is held. The server has it, says nothing for 800 ms'),
      expect.stringContaining('held back for 800 ms'),
      expect.stringContaining('says nothing for 2.00 s'),
      expect.stringContaining('Held for 2.00 s; then the time was up'),
    ])
    const frames = readingOf(webSocketCapture())
    const said = (title: string) => sayingOf(frames.entries.find(each => titleOf(each) === title)!, frames)
    expect(said('text frame: receipt')).toContain('tells the number')
    expect(said('text frame: notice 4')).toContain('and 2 B around it')
    expect(said('close frame')).toContain('said by the client: 1000, normal')
    for (const capture of Object.values(made)) {
      const each = readingOf(capture())
      for (const entry of each.entries) expect(sayingOf(entry, each).length).toBeGreaterThan(20)
    }
  })
})

describe('the handshake', () => {
  it('is found with its key, its answer, and what comes first behind it', () => {
    const reading = readingOf(webSocketCapture())
    const found = handshakeOf(reading, headsOf(reading))!
    expect(found).toMatchObject({ key: 'dGhlIHNhbXBsZSBub25jZQ==', accept: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' })
    expect(found.next?.number).toBe(3)
    const polls = readingOf(shortPollsCapture())
    expect(handshakeOf(polls, headsOf(polls))).toBeUndefined()
  })
})

describe.each(Object.keys(clientTransports))('the recorded example of %s', transport => {
  it('is understood to its last byte', async () => {
    const capture = await loadRecording(transport)
    expect(capture.transport).toBe(transport)
    const reading = readingOf(capture)
    const { upBytes, downBytes } = bytesOfCapture(capture)
    expect(reading.totals).toMatchObject({ upBytes, downBytes, bytes: upBytes + downBytes })
    expect(Object.values(reading.totals.byRole).reduce((sum, bytes) => sum + bytes, 0)).toBe(upBytes + downBytes)
    expect(reading.entries.reduce((sum, { message }) => sum + sizeOf(message), 0)).toBe(upBytes + downBytes)
    expect(titles(reading)).not.toContain('bytes that cannot be read')
    expect(reading.delivered.length).toBeGreaterThanOrEqual(3)
    for (const wanted of ['a notice', 'upstream']) expect(sights(reading)).toHaveProperty([wanted])
  })
})

import { describe, expect, it } from 'vitest'
import type { DemoEvent } from '../../server/demo/wire.ts'
import { clientTransports } from '../transports/index.ts'
import { fixtureLog, lanes } from './log.fixture.ts'
import { createLog } from './log.ts'
import { createPresent } from './present.ts'
import { delayText, eventText, laneSentence, lanesSentence, rttText, speedText } from './sentences.ts'
import { createTraces } from './traces.ts'

function sentencesAt(events: readonly DemoEvent[], atMs: number): string {
  const log = createLog()
  const traces = createTraces()
  log.add(events)
  traces.add(log.events)
  return lanesSentence(createPresent(log)(atMs), traces.lanes, atMs)
}
const ofLane = (sentence: string, label: string): string =>
  sentence.split('. ').find(each => each.startsWith(`${label}: `))!

describe('a lane in words', () => {
  const events = fixtureLog()

  it('names every lane once, in order', () => {
    const sentence = sentencesAt(events, 10_000)
    const places = lanes.map(lane => sentence.indexOf(`${clientTransports[lane as 'sse'].label}: `))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })

  it('says what the figures say, and what is open now', () => {
    expect(ofLane(sentencesAt(events, 10_000), 'SSE')).toBe(
      'SSE: 1 request, 1.07 kB, 1 connection open, delivered after 101 ms on average, 0 lost, a stream is open, the client is up to date',
    )
    expect(ofLane(sentencesAt(events, 3000), 'Long polling')).toBe(
      'Long polling: 1 request, 520 B, 1 connection open, nothing delivered, 0 lost, a request is held at the server, the client is up to date',
    )
  })

  it('says that the client is out of date from the publish until the delivery', () => {
    const wordsAt = (atMs: number) => ofLane(sentencesAt(events, atMs), 'Short polling')
    expect(wordsAt(3999)).toContain('the client is up to date')
    expect(wordsAt(4000)).toContain('the client is out of date')
    expect(wordsAt(4500)).toContain('the client is out of date')
    expect(wordsAt(4522.6)).toContain('the client is up to date')
  })

  it('says so where nothing is known', () => {
    expect(sentencesAt([], 0)).toBe('Nothing has happened yet.')
    expect(laneSentence('sse', undefined, undefined, 0)).toBe('SSE: no figures yet.')
  })
})

describe('an event in words', () => {
  const on = { lane: 'sse', client: 0, connection: 0 }
  const cases: readonly (readonly [DemoEvent, string | undefined])[] = [
    [{ t: 0, kind: 'publish', seq: 4, count: 1 }, 'notice 4 published'],
    [{ t: 0, kind: 'publish', seq: 4, count: 3 }, 'notices 4 to 6 published'],
    [{ t: 10, to: 210, kind: 'connect', ...on }, 'connects, takes 200 ms'],
    [{ t: 10, kind: 'disconnect', ...on, by: 'cut' }, 'connection lost: the network is cut'],
    [{ t: 10, kind: 'disconnect', ...on, by: 'server' }, 'connection closed by the server'],
    [
      { t: 0, to: 100, kind: 'transit', ...on, direction: 'up', what: 'request', bytes: 520 },
      'request, 520 B, to the server, takes 100 ms',
    ],
    [
      { t: 0, to: 100, kind: 'transit', ...on, direction: 'down', what: 'answer', bytes: 240, isEmpty: true },
      'answer, empty, 240 B, to the client, takes 100 ms',
    ],
    [
      { t: 0, to: 100, kind: 'transit', ...on, direction: 'down', what: 'message', bytes: 1180, seqs: [2, 9] },
      'message with notices 2 to 9, 1.18 kB, to the client, takes 100 ms',
    ],
    // What a client acknowledges upwards is no notice that travels.
    [
      { t: 0, to: 100, kind: 'transit', ...on, direction: 'up', what: 'message', bytes: 30, seqs: [2, 2] },
      'message, 30 B, to the server, takes 100 ms',
    ],
    [{ t: 0, kind: 'deliver', lane: 'sse', client: 0, seq: 3, delayMs: 101.2 }, 'notice 3 is there, after 101 ms'],
    [{ t: 0, kind: 'missed', lane: 'sse', client: 0, count: 1 }, '1 notice lost'],
    [{ t: 0, kind: 'missed', lane: 'sse', client: 0, count: 2 }, '2 notices lost'],
    [{ t: 0, kind: 'cut' }, 'the network is cut'],
    [{ t: 0, kind: 'heal' }, 'the network is back'],
    [{ t: 0, kind: 'scene', scene: 'far-away', phase: 'run' }, 'scene “Far away”: it happens'],
    [{ t: 0, kind: 'scene', scene: 'far-away', phase: 'run', part: 1 }, 'scene “Far away”: it happens, part 2'],
    [{ t: 0, kind: 'waiting', scene: 'far-away' }, 'scene “Far away”: the reveal waits'],
    [
      { t: 0, kind: 'knobs', ratePerSecond: 0.5, pollIntervalMs: 2000, rttMs: 200, clients: 1 },
      'RTT 200 ms (simulated), 0.5 notices a second, polls every 2 s, 1 client a lane',
    ],
    [{ t: 0, kind: 'counts', lanes: {} }, undefined],
    [{ t: 0, kind: 'phones', phones: [] }, undefined],
    [{ t: 0, kind: 'end' }, undefined],
  ]
  it.each(cases.map(([event, words]) => [words ?? `nothing of ${event.kind}`, event, words] as const))(
    'says: %s',
    (_, event, words) => expect(eventText(event)).toBe(words),
  )

  it('is there for all that the lanes show', () => {
    const events = fixtureLog({ cut: { fromMs: 7000, toMs: 11_000 }, scene: { id: 'far-away', phases: { ask: 1000 } } })
    const silent = new Set(events.filter(event => eventText(event) === undefined).map(({ kind }) => kind))
    expect([...silent].sort()).toEqual(['counts', 'start'])
    for (const event of events) expect(eventText(event) ?? '').not.toMatch(/undefined|NaN|null/)
  })
})

describe('figures in words', () => {
  it('never name a round trip without saying that it is simulated', () => {
    expect([0, 50, 1500].map(rttText)).toEqual([
      'RTT 0 ms (simulated)',
      'RTT 50 ms (simulated)',
      'RTT 1.5 s (simulated)',
    ])
  })

  it('write speeds as fractions', () => {
    expect([1, 0.5, 0.2, 0.01].map(speedText)).toEqual(['1', '1/2', '1/5', '1/100'])
  })

  it('have a dash where there is no delay', () => {
    expect([null, 0, 1234].map(delayText)).toEqual(['–', '0 ms', '1.23 s'])
  })
})

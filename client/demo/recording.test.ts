import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DemoEvent, LATE_MS } from '../../server/demo/wire.ts'
import { fixtureLog, lanes, ndjson } from './log.fixture.ts'
import { createLog, type Log } from './log.ts'
import { createPresent } from './present.ts'
import { parseRecording, readRecording, startRecording } from './recording.ts'
import { createTraces, type Traces } from './traces.ts'

const events = fixtureLog({
  lastsMs: 24_000,
  publishes: [{ atMs: 3000 }, { atMs: 5100, count: 3 }, { atMs: 6950 }, { atMs: 9000, count: 2 }, { atMs: 19_000 }],
  cut: { fromMs: 7000, toMs: 12_000 },
  scene: { id: 'far-away', phases: { ask: 2000, run: 6000, reveal: 18_000 } },
  votes: [3, 1, 4, 1, 5],
  phones: 3,
})

function logOf(told: readonly DemoEvent[]): Log {
  const log = createLog()
  log.add(told)
  return log
}
function tracesOf(told: readonly DemoEvent[]): Traces {
  const traces = createTraces()
  traces.add(told)
  return traces
}

/** Recorded from `atMs` on, each later event told `lateMs` after its time at most. */
function recordedFrom(atMs: number, latenessOf: (index: number) => number = () => 0): DemoEvent[] {
  const told = events.map((event, index) => ({ event, atMs: event.t + latenessOf(index) }))
  told.sort((a, b) => a.atMs - b.atMs)
  const log = logOf(told.filter(each => each.atMs <= atMs).map(({ event }) => event))
  const recorder = startRecording(log, log.lastMs)
  for (const { event } of told.filter(each => each.atMs > atMs)) recorder.take([event])
  return parseRecording(recorder.stop(), 'x')
}

/** What the lanes show from a moment on, that moment as 0, to a tenth of a ms. */
function shownFrom(traces: Traces, fromMs: number) {
  const at = (ms: number): number => (ms === Infinity ? ms : Math.round((ms - fromMs) * 10) / 10)
  const spans = (all: readonly { from: number; to: number }[]) =>
    all.filter(({ to }) => at(to) > 0).map(({ from, to }) => [Math.max(0, at(from)), at(to)])
  return {
    publishes: traces.publishes.filter(({ t }) => at(t) > 0).map(({ t, seq, count }) => [at(t), seq, count]),
    cuts: spans(traces.cuts),
    lanes: lanes.map(lane => {
      const { legs, holds, bands, stales, connects, crosses } = traces.lanes[lane]!
      return {
        lane,
        // What was on its way already is not told; where it leads to is.
        legs: legs.filter(({ from }) => at(from) > 0).map(leg => [at(leg.from), at(leg.to), leg.weight, leg.notices]),
        lost: legs.filter(({ from }) => at(from) > 0).map(({ lostAt }) => lostAt !== undefined && at(lostAt)),
        holds: spans(holds),
        bands: spans(bands),
        stales: spans(stales),
        connects: spans(connects),
        crosses: crosses.filter(({ t }) => at(t) > 0).map(({ t, by }) => [at(t), by]),
      }
    }),
  }
}

describe('a recording', () => {
  it('begins at 0 with the start, and is in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 23_000 }), atMs => {
        const recorded = recordedFrom(atMs)
        expect(recorded[0]).toMatchObject({ kind: 'start', t: 0, lanes })
        expect(recorded.every(({ t }, i) => i === 0 || t >= recorded[i - 1]!.t)).toBe(true)
        for (const event of recorded) if ('to' in event) expect(event.to).toBeGreaterThanOrEqual(event.t)
      }),
      { numRuns: 30 },
    )
  })

  it('misses nothing and holds nothing twice where its log is told anew after a break', () => {
    const start = events[0]!
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 20_000 }),
        fc.nat(8000),
        fc.nat(4000),
        fc.nat(9000),
        (atMs, afterMs, gapMs, backMs) => {
          const [brokenMs, againMs] = [atMs + afterMs, atMs + afterMs + gapMs]
          const log = logOf(events.filter(({ t }) => t <= atMs))
          const recorder = startRecording(log, log.lastMs)
          recorder.take(events.filter(({ t }) => t > atMs && t <= brokenMs))
          // What is told anew reaches back into what was heard, and over the break.
          const told = events.filter(({ t }) => t > Math.min(brokenMs, againMs - backMs) && t <= againMs)
          expect(recorder.resume([start, ...told])).toBe(true)
          recorder.take(events.filter(({ t }) => t > againMs))
          const whole = startRecording(log, log.lastMs)
          whole.take(events.filter(({ t }) => t > atMs))
          expect(recorder.stop()).toBe(whole.stop())
        },
      ),
      { numRuns: 30 },
    )
  })

  it('takes nothing of another class', () => {
    const log = logOf(events.filter(({ t }) => t <= 9000))
    const [recorder, alone] = [startRecording(log, log.lastMs), startRecording(log, log.lastMs)]
    const other = { ...(events[0] as Extract<DemoEvent, { kind: 'start' }>), startedAtMs: 5 }
    const later: DemoEvent = { t: 9500, kind: 'publish', seq: 9, count: 1 }
    for (const told of [[other, later], [later], []]) expect(recorder.resume(told)).toBe(false)
    recorder.take([later])
    expect(recorder.resume([events[0]!])).toBe(true)
    expect(recorder.stop()).toBe(alone.stop())
  })

  it('says when it began, by the clock on the wall', () => {
    const [start, before] = [recordedFrom(10_000)[0]!, events[0]!]
    if (start.kind !== 'start' || before.kind !== 'start') throw new Error('no start')
    expect(start.startedAtMs - before.startedAtMs).toBeCloseTo(logOf(events).between(0, 10_001).at(-1)!.t - LATE_MS, 6)
  })

  it('replays to the lanes that the live log showed from its moment on', () => {
    const live = tracesOf(events)
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 23_000 }), atMs => {
        const recorded = recordedFrom(atMs)
        const beganMs = 24_000 - recorded.at(-1)!.t
        expect(shownFrom(tracesOf(recorded), 0)).toEqual(shownFrom(live, beganMs))
      }),
      { numRuns: 60 },
    )
  })

  it('holds what is told late of the time in which it began', () => {
    const live = tracesOf(events)
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 22_000 }),
        fc.array(fc.nat(LATE_MS - 1), { minLength: 7, maxLength: 7 }),
        (atMs, lateness) => {
          const recorded = recordedFrom(atMs, index => lateness[index % 7]!)
          const beganMs = 24_000 - recorded.at(-1)!.t
          expect(shownFrom(tracesOf(recorded), 0).lanes).toEqual(shownFrom(live, beganMs).lanes)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('stands as the live log stood: scene, votes, knobs, phones, cut', () => {
    for (const atMs of [4000, 8000, 13_000, 19_500]) {
      const recorded = recordedFrom(atMs)
      const beganMs = 24_000 - recorded.at(-1)!.t
      const [then, live] = [createPresent(logOf(recorded)), createPresent(logOf(events))]
      for (const offsetMs of [0.01, 300, 3000]) {
        const { scene, figures, ...stood } = live(beganMs + offsetMs)
        const { scene: replayed, figures: counted, ...stands } = then(offsetMs)
        expect(stands).toEqual(stood)
        expect([replayed?.scene, replayed?.phase]).toEqual([scene?.scene, scene?.phase])
        expect(Object.keys(counted)).toEqual(Object.keys(figures))
      }
    }
  })

  it('can be read back as it was written', () => {
    expect(parseRecording(ndjson(events), 'x')).toEqual(events)
    expect(parseRecording(ndjson(events).replaceAll('\n', '\r\n\n'), 'x')).toEqual(events)
  })
})

describe('a file that is no recording', () => {
  const good = ndjson(events).split('\n').slice(0, 3)
  const reading =
    (...lines: string[]) =>
    () =>
      parseRecording(lines.join('\n'), 'class.ndjson')

  it.each([
    ['a line that is no JSON', [...good, '{"t":', good[1]!], 'Line 4 of class.ndjson is not JSON.'],
    ['empty lines count', ['', good[0]!, '', 'x'], 'Line 4 of class.ndjson is not JSON.'],
    ...[
      'null',
      '7',
      '[]',
      '"t"',
      '{}',
      '{"t":1}',
      '{"kind":"cut"}',
      '{"t":"1","kind":"cut"}',
      '{"t":1e999,"kind":"cut"}',
    ].map((line): [string, string[], string] => [
      `a line that is ${line}`,
      [...good, line],
      'Line 4 of class.ndjson is no event of the demo: it must have a number "t" and a "kind".',
    ]),
    ['an empty file', [''], 'class.ndjson is no recording of the demo: its first line must be of kind "start".'],
    [
      'another beginning',
      good.slice(1),
      'class.ndjson is no recording of the demo: its first line must be of kind "start".',
    ],
    [
      'another version',
      [good[0]!.replace('"version":1', '"version":2')],
      'This page reads recordings of version 1; class.ndjson has version 2.',
    ],
    ['no lanes', ['{"t":0,"kind":"start","version":1}'], 'Line 1 of class.ndjson must have a list of names, "lanes".'],
    [
      'lanes that are no names',
      ['{"t":0,"kind":"start","version":1,"lanes":["sse",5]}'],
      'Line 1 of class.ndjson must have a list of names, "lanes".',
    ],
  ] as [string, string[], string][])('is told by line and rule: %s', (_, lines, message) => {
    expect(reading(...lines)).toThrow(message)
  })

  it('counts up to a line that was never written to its end', () => {
    const whole = parseRecording(`${good.join('\n')}\n`, 'class.ndjson')
    for (const cut of [1, 5, good[1]!.length - 1])
      expect(parseRecording(`${good.join('\n')}\n${good[1]!.slice(0, cut)}`, 'class.ndjson')).toEqual(whole)
    expect(reading(...good, good[1]!.slice(0, 5), '')).toThrow('Line 4 of class.ndjson is not JSON.')
    expect(reading(good[0]!.slice(0, 5))).toThrow('Line 1 of class.ndjson is not JSON.')
  })

  it('is told by line and rule: an event of any kind that lacks what a page shows of it', () => {
    const kinds = new Map(events.map(event => [event.kind as string, event as object]))
    kinds.set('missed', { t: 1, kind: 'missed', lane: 'sse', client: 0, count: 2 })
    const optional = ['t', 'kind', 'seqs', 'isEmpty']
    for (const [kind, event] of kinds) {
      if (kind === 'start') continue
      for (const name of Object.keys(event).filter(each => !optional.includes(each)))
        for (const wrong of [undefined, null, true])
          expect(reading(...good, JSON.stringify({ ...event, [name]: wrong })), `${kind} ${name}`).toThrow(
            new RegExp(
              `^Line 4 of class\\.ndjson is of kind "${kind}" and must have an? (number|string|object|list) "${name}"\\.$`,
            ),
          )
    }
    expect(reading(...good, '{"t":1,"kind":"publish"}')).toThrow(
      'Line 4 of class.ndjson is of kind "publish" and must have a number "seq".',
    )
  })

  const counted = { open: 0, requests: 0, bytesUp: 0, bytesDown: 0, delivered: 0, delaySumMs: 0, missed: 0 }
  const phone = { phone: 1, transport: 'sse', state: 'awake', delayMs: null, behind: 0 }
  const message = { t: 1, to: 2, kind: 'transit', lane: 'sse', client: 0, connection: 0, direction: 'down' }
  it.each<[what: string, event: object, says: RegExp]>([
    ['a moment that is too far off', { t: 1e300, kind: 'cut' }, /^Line 4 .* has 1e\+300 as "t": it must be from -1000/],
    ['a moment that is too long ago', { t: -1e13, kind: 'cut' }, /as "t"/],
    ['an endless way', { ...message, to: '∞', what: 'answer', bytes: 1 }, /a number "to"/],
    [
      'a lane without count',
      { t: 1, kind: 'counts', lanes: { sse: null } },
      /must have an object for the lane "sse"\.$/,
    ],
    ...Object.keys(counted).map((name): [string, object, RegExp] => [
      `a count without ${name}`,
      { t: 1, kind: 'counts', lanes: { sse: { ...counted, [name]: 'x' } } },
      new RegExp(`a number "${name}" for the lane "sse"\\.$`),
    ]),
    ['a phone that is none', { t: 1, kind: 'phones', phones: [phone, null] }, /an object for each phone\.$/],
    ...Object.keys(phone).map((name): [string, object, RegExp] => [
      `a phone without ${name}`,
      { t: 1, kind: 'phones', phones: [{ ...phone, [name]: undefined }] },
      new RegExp(`"${name}" for each phone\\.$`),
    ]),
    ['too many phones', { t: 1, kind: 'phones', phones: Array(65).fill(phone) }, /at most 64 phones\.$/],
    ['votes that are none', { t: 1, kind: 'votes', scene: 'x', counts: [1, 'x'] }, /at most 6 numbers in "counts"\.$/],
    ['too many votes', { t: 1, kind: 'votes', scene: 'x', counts: Array(7).fill(1) }, /at most 6 numbers/],
    ...[
      null,
      [],
      [1, 2, 'request', 3, 4],
      [1, 2, 3, 4, 5, 6],
      [1, 2, 'request', 3, 1e13, 5],
      ['1', 2, 'x', 3, 4, 5],
    ].map((pass): [string, object, RegExp] => [
      `a pass like ${JSON.stringify(pass)}`,
      { t: 1, kind: 'crowd', lane: 'sse', passes: [[1, 2, 'request', -3, 4, 5], pass] },
      /must have five or six numbers and, third, a name in each of "passes"\.$/,
    ]),
    ['half a pair', { ...message, what: 'answer', bytes: 1, seqs: [1] }, /two numbers in "seqs", or none\.$/],
  ])('is told by line and rule: %s', (_, event, says) => {
    expect(reading(...good, JSON.stringify(event).replace('"∞"', '1e999'))).toThrow(says)
  })

  it.each([
    ['too many lanes', Array.from({ length: 21 }, (_, i) => `lane ${i}`)],
    ['a lane twice', ['sse', 'sse']],
  ])('is told by line and rule: %s', (_, lanes) => {
    expect(reading(JSON.stringify({ t: 0, kind: 'start', version: 1, lanes }))).toThrow(
      'Line 1 of class.ndjson must have at most 20 "lanes", each of them once.',
    )
  })

  it('is none because of a kind that is not known', () => {
    for (const kind of ['weather', 'toString', '__proto__'])
      expect(reading(...good, JSON.stringify({ t: 99_999, kind }))().at(-1)).toEqual({ t: 99_999, kind })
  })

  it('is read as other systems write it, and not even read when it is too large', async () => {
    const file = new File([ndjson(events)], 'class.ndjson')
    expect(await readRecording(file)).toEqual(events)
    const foreign = new File(
      [Buffer.from(`\uFEFF${ndjson(events).replaceAll('\n', '\r\n')}`, 'utf16le')],
      'class.ndjson',
    )
    expect(await readRecording(foreign)).toEqual(events)
    const large = {
      name: 'large.ndjson',
      size: 64e6 + 1,
      arrayBuffer: () => Promise.reject(new Error('read')),
    } as unknown as File
    await expect(readRecording(large)).rejects.toThrow(
      'large.ndjson has 64000001 bytes; a recording has at most 64000000.',
    )
  })
})

// Lanes on the real server: nothing is lost or doubled through cuts, crowds and turned knobs, and what passes at every client is told.
import { afterEach, describe, expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import { startServer } from '../../server/app.ts'
import { parseServerOptions } from '../../server/command-line.ts'
import type { CrowdPass, DemoEvent, DemoEventOf, Knobs } from '../../server/demo/wire.ts'
import type { ServerOptions } from '../../server/options.ts'
import { readProfile } from '../profiles/profile.ts'
import { type Lane, type LaneParts, startLane } from './lane.ts'
import type { RawPiece } from './piece-cutter.ts'

const patience = { timeout: 15_000, interval: 20 }
const quick: Knobs = { ratePerSecond: 0, pollIntervalMs: 100, rttMs: 20, clients: 1 }
const stops: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function laneOf(name: string, knobs: Knobs = quick, drawsOf: LaneParts['drawsOf'] = () => () => 0) {
  const server = await startServer(parseServerOptions(['--port', '0'], {}) as ServerOptions)
  stops.push(server.stop)
  const events: DemoEvent[] = []
  const kept: [DemoEventOf<'transit'>, RawPiece][] = []
  const startedMs = performance.now()
  const t = (nowMs: number): number => nowMs - startedMs
  const entry = clientTransports[name as keyof typeof clientTransports]
  /** How many subscriptions have had a notice, by its number. */
  const reached = new Map<number, number>()
  const lane: Lane = await startLane({
    name,
    entry: {
      ...entry,
      async load() {
        const { subscribe } = await entry.load()
        return {
          subscribe: subscription =>
            subscribe({
              ...subscription,
              onNotice(notice, cursor) {
                reached.set(notice.seq, (reached.get(notice.seq) ?? 0) + 1)
                subscription.onNotice(notice, cursor)
              },
            }),
        }
      },
    },
    target: { host: '127.0.0.1', port: Number(new URL(server.url).port) },
    headers: await readProfile('bare'),
    knobs,
    // Retries come at once.
    random: () => 0,
    drawsOf,
    t,
    emit: event => events.push(event),
    keep(transit, raw) {
      kept.push([transit, raw])
      return { ...transit, piece: kept.length }
    },
  })
  stops.push(lane.close)
  const of = <Kind extends DemoEvent['kind']>(kind: Kind): DemoEventOf<Kind>[] =>
    events.filter((event): event is DemoEventOf<Kind> => event.kind === kind)
  let published = 0
  return {
    server,
    lane,
    events,
    kept,
    of,
    /** Subscriptions that have had the newest notice, and so all before it. */
    reached: () => reached.get(published) ?? 0,
    /** Subscribed: whatever is published from now on must come. */
    isOpen: (clients = 1) =>
      expect
        .poll(() => {
          const { open, requests } = lane.count()
          return open >= clients && requests >= clients && of('state').some(({ state }) => state === 'open')
        }, patience)
        .toBe(true),
    async publish(count: number): Promise<void> {
      published += count
      const answer = await fetch(`${server.url}/api/notices`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(Array(count).fill({ body: { sentMs: t(performance.now()) } })),
      })
      expect(answer.status).toBe(201)
    },
    /** The drawn client has had everything, in order and once. */
    hasAll: () =>
      expect
        .poll(() => of('deliver').map(({ seq }) => seq), patience)
        .toEqual(Array.from({ length: published }, (_, i) => i + 1)),
  }
}

describe.each(Object.keys(clientTransports))('a lane of %s', name => {
  test('loses nothing through a cut, and tells of it', async () => {
    const { lane, isOpen, publish, hasAll, of } = await laneOf(name)
    await isOpen()
    await publish(2)
    await hasAll()
    lane.cut()
    await expect.poll(() => of('disconnect').some(({ by }) => by === 'cut'), patience).toBe(true)
    await publish(3)
    expect(lane.count().open).toBe(0)
    lane.heal()
    await publish(1)
    await hasAll()
    expect(lane.count()).toMatchObject({ missed: 0, faulty: 0, delivered: 6, clients: 1 })
  })

  test('keeps the bytes of each thing that passed, in the order in which it tells of them', async () => {
    const { lane, isOpen, publish, hasAll, of, kept } = await laneOf(name)
    await isOpen()
    await publish(1)
    await publish(3)
    await hasAll()
    await lane.close()
    expect(of('transit').map(({ piece }) => piece)).toEqual(kept.map((_, index) => index + 1))
    const texts = kept.map(([{ bytes, direction, what, seqs }, raw]) => {
      expect([raw.bytes.length, raw.left]).toEqual([bytes, 0])
      const text = Buffer.from(raw.bytes).toString('latin1')
      if (what === 'request') expect(text).toMatch(/^(GET|POST) \S+ HTTP\/1\.1\r\n/)
      if (what === 'answer' || what === 'head') expect(text).toMatch(/^HTTP\/1\.1 \d{3} /)
      if (direction === 'down') for (const seq of seqs ?? []) expect(text).toContain(`"seq":${seq},`)
      return text
    })
    expect(texts.some(text => /"seq":1,[\s\S]*"sentMs"/.test(text))).toBe(true)
  })

  test('waits after a cut as it is dealt, each time anew, from the moment of the cut on', async () => {
    const dealt: [cut: number, client: number][] = []
    // Each wait of the first cut is 100 ms, of the second one 50 ms.
    const drawsOf = (cut: number, client: number) => {
      dealt.push([cut, client])
      let tries = 0
      return () => 0.4 / cut / 2 ** tries++
    }
    const { lane, isOpen, publish, hasAll, of } = await laneOf(name, { ...quick, pollIntervalMs: 2000 }, drawsOf)
    await isOpen()
    const waits = (): string[] =>
      of('state').flatMap(({ reason }) => /next attempt in (\d+ ms)$/.exec(reason ?? '')?.[1] ?? [])
    for (const [cut, waitMs] of [
      [1, 100],
      [2, 50],
    ] as const) {
      await publish(1)
      await hasAll()
      const before = waits().length
      lane.cut()
      await expect.poll(() => waits().length - before, patience).toBeGreaterThanOrEqual(4)
      lane.heal()
      await publish(1)
      await hasAll()
      expect(new Set(waits().slice(before)), `cut ${cut}`).toEqual(new Set([`${waitMs} ms`]))
    }
    expect(dealt).toEqual([
      [1, 0],
      [2, 0],
    ])
    expect(lane.count()).toMatchObject({ missed: 0, faulty: 0 })
  })

  test('grows to a class and shrinks again, counts all, and tells of all but the first in crowds', async () => {
    const { lane, isOpen, publish, hasAll, reached, events, of } = await laneOf(name)
    await isOpen()
    lane.set({ ...quick, clients: 25 })
    await isOpen(25)
    // Who is not there yet begins with a later one: until one has reached them all, and then so does whatever follows.
    const reachesAll = async (): Promise<boolean> => {
      await publish(1)
      return expect
        .poll(reached, { timeout: 1000, interval: 10 })
        .toBe(25)
        .then(
          () => true,
          () => false,
        )
    }
    await expect.poll(reachesAll, patience).toBe(true)
    const { delivered } = lane.count()
    await publish(4)
    await expect.poll(reached, patience).toBe(25)
    expect(lane.count().delivered - delivered).toBe(100)
    const seen = of('deliver').at(-1)!.seq
    lane.set(quick)
    expect(lane.count().clients).toBe(1)
    await expect.poll(() => lane.count().open, patience).toBeLessThanOrEqual(3)
    const before = lane.count().delivered
    await publish(1)
    await hasAll()
    expect(lane.count()).toMatchObject({ delivered: before + 1, missed: 0, faulty: 0 })
    expect(events.filter(event => 'client' in event && event.client !== 0)).toEqual([])
    // Each of the others asked, and has had what all had; then they left.
    const passes = () => of('crowd').flatMap(({ passes }) => passes)
    const others = Array.from({ length: 24 }, (_, i) => i + 1)
    const those = (isOne: (pass: CrowdPass) => boolean) =>
      [
        ...new Set(
          passes()
            .filter(isOne)
            .map(([client]) => client),
        ),
      ].sort((a, b) => a - b)
    await expect.poll(() => those(([, , what]) => what === 'gone'), patience).toEqual(others)
    expect(those(([, , what]) => what === 'request')).toEqual(others)
    expect(those(([, , , , , , seq]) => seq === seen)).toEqual(others)
    for (const { t, passes } of of('crowd'))
      for (const [, , , from, to] of passes) {
        expect(from).toBeLessThanOrEqual(to)
        expect(t + from).toBeGreaterThanOrEqual(0)
      }
  })

  test('keeps its place when the interval and the distance change, at any moment', async () => {
    const { lane, isOpen, publish, hasAll, of } = await laneOf(name)
    await isOpen()
    for (const [index, pollIntervalMs] of [60, 150, 40].entries()) {
      const sent = publish(1)
      lane.set({ ...quick, pollIntervalMs, rttMs: 20 + 40 * index })
      await sent
      await publish(1)
      lane.set({ ...quick, pollIntervalMs: pollIntervalMs + 10, rttMs: 20 + 40 * index })
    }
    await hasAll()
    expect(lane.count()).toMatchObject({ missed: 0, faulty: 0 })
    const legs = of('transit')
      .filter(({ direction, seqs }) => direction === 'down' && seqs)
      .map(({ t, to }) => to - t)
    expect(Math.min(...legs)).toBeGreaterThanOrEqual(9)
    expect(Math.max(...legs)).toBeGreaterThanOrEqual(49)
  })

  test('leaves no connection once it is closed, cut or not, and tells nothing more', async () => {
    const { lane, isOpen, events, server } = await laneOf(name, { ...quick, clients: 5 })
    await isOpen(5)
    lane.cut()
    lane.heal()
    await isOpen(5)
    await lane.close()
    expect(lane.count()).toMatchObject({ clients: 0, open: 0 })
    const told = events.length
    await expect.poll(() => server.status().transports[name]!.open, patience).toBe(0)
    await server.stop()
    expect(events.length).toBe(told)
  })
})

test('a lane whose interval changes before it has a position loses nothing of what comes next', async () => {
  const { lane, publish, hasAll, events } = await laneOf('short-polling', { ...quick, rttMs: 200 })
  await expect.poll(() => events.some(({ kind }) => kind === 'connect'), patience).toBe(true)
  lane.set({ ...quick, rttMs: 200, pollIntervalMs: 50 })
  await expect.poll(() => lane.count().requests, patience).toBeGreaterThanOrEqual(2)
  await publish(2)
  await hasAll()
})

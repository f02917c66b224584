// One suite over all backplanes, against the real thing.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BackplaneProgram, type FleetBackplane, fleetBackplanes } from '../../bench/fleet/backplanes.ts'
import type { Log } from '../log.ts'
import { open } from './backplane.fixture.ts'
import type { Publication } from './backplane.ts'
import { offered } from './index.ts'

const kinds: Readonly<Record<string, FleetBackplane>> = fleetBackplanes

/** By what starts it: two kinds may speak to one program. */
const programs = new Map<FleetBackplane['start'], BackplaneProgram>()
beforeAll(async () => {
  const starts = new Set(Object.values(kinds).flatMap(({ start }) => start ?? []))
  await Promise.all([...starts].map(async start => programs.set(start, await start())))
}, 90_000)
afterAll(() => Promise.all([...programs.values()].map(({ end }) => end())))

test('every backplane is put to the test', () => {
  expect(Object.keys(kinds).sort()).toEqual([...offered].sort())
})

const freshUrl = (kind: string): string => {
  const program = programs.get(kinds[kind]!.start)
  return program ? `${program.url.replace(/^[a-z]+:/, `${kind}:`)}?stream=${randomBytes(6).toString('hex')}` : kind
}

const notice = (i: number, id?: string): Publication => ({
  bodyJson: JSON.stringify({ i, text: 'zwölf\n😀' }),
  ...(id !== undefined && { id }),
})
const bodiesOf = (log: Log): unknown[] =>
  log.after(0).entries.map(({ json }) => (JSON.parse(json) as { body: unknown }).body)
const seqsOf = (log: Log): number[] => log.after(0).entries.map(({ seq }) => seq)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

describe.each(Object.keys(kinds))('%s', kind => {
  const { start, isLossy } = kinds[kind]!
  const isShared = start !== undefined

  test('numbers what is published from 1, in order, and has it in the log by then', async () => {
    const { backplane, log } = await open(kind, freshUrl(kind))
    const before = process.hrtime.bigint()
    const first = await backplane.publish([notice(1)])
    expect(first).toMatchObject({ epoch: log.epoch, seqs: [1], head: 1 })
    expect(first.appendedNs).toBeGreaterThan(before)
    expect(first.appendedNs).toBeLessThan(process.hrtime.bigint())
    expect(log.head).toBe(1)
    expect(await backplane.publish([notice(2), notice(3)])).toMatchObject({ seqs: [2, 3], head: 3 })
    expect(bodiesOf(log)).toEqual([1, 2, 3].map(i => ({ i, text: 'zwölf\n😀' })))
    expect(await backplane.position()).toMatchObject({ epoch: log.epoch, seq: 3 })
    expect(backplane.health()).toEqual({ healthy: true })
  })

  test('gives an id its first number again, also within one array, and appends nothing', async () => {
    const { backplane, log } = await open(kind, freshUrl(kind))
    expect((await backplane.publish([notice(1, 'a'), notice(2), notice(3, 'a')])).seqs).toEqual([1, 2, 1])
    expect(await backplane.publish([notice(4, 'a')])).toMatchObject({ seqs: [1], head: 2 })
    expect((await backplane.publish([notice(5, 'b'), notice(6, 'a')])).seqs).toEqual([3, 1])
    expect(log.head).toBe(3)
  })

  test('keeps many publishes at once apart', async () => {
    const { backplane, log } = await open(kind, freshUrl(kind))
    const published = await Promise.all(Array.from({ length: 200 }, (_, i) => backplane.publish([notice(i)])))
    expect(published.map(({ seqs }) => seqs[0]!).sort((a, b) => a - b)).toEqual(upTo(200))
    expect(seqsOf(log)).toEqual(upTo(200))
    for (const [i, { seqs }] of published.entries()) expect(bodiesOf(log)[seqs[0]! - 1]).toMatchObject({ i })
  })

  if (isShared)
    test('is one stream for several servers: the same numbers everywhere', async () => {
      const url = freshUrl(kind)
      const servers = [await open(kind, url), await open(kind, url), await open(kind, url)]
      await Promise.all(
        servers.flatMap(({ backplane }, server) =>
          Array.from({ length: 50 }, (_, i) => backplane.publish([notice(1000 * server + i)])),
        ),
      )
      for (const { log } of servers) {
        await expect.poll(() => log.head).toBe(150)
        expect(log.epoch).toBe(servers[0]!.log.epoch)
        expect(log.after(0).entries.map(({ json }) => json)).toEqual(
          servers[0]!.log.after(0).entries.map(({ json }) => json),
        )
      }
    })

  if (isShared)
    test('gives an id one number wherever it is published', async () => {
      const url = freshUrl(kind)
      const servers = [await open(kind, url), await open(kind, url)]
      const published = await Promise.all(
        Array.from({ length: 20 }, (_, i) => servers[i % 2]!.backplane.publish([notice(i, 'the-one')])),
      )
      expect(new Set(published.flatMap(({ seqs }) => seqs))).toEqual(new Set([1]))
      expect((await servers[0]!.backplane.position()).seq).toBe(1)
    })

  if (isShared && !isLossy)
    test('a server that comes later has what was published before, and reads what is older', async () => {
      const url = freshUrl(kind)
      const early = await open(kind, url)
      for (let page = 0; page < 3; page++)
        await early.backplane.publish(Array.from({ length: 1000 }, (_, i) => notice(page * 1000 + i)))
      const late = await open(kind, url)
      expect(late.log.head).toBe(3000)
      expect(late.log.earliest).toBeGreaterThan(1)
      const older = await late.backplane.read!(late.log.epoch, 10, 5)
      expect(older.map(({ seq }) => seq)).toEqual([11, 12, 13, 14, 15])
      expect(older.map(({ json }) => json)).toEqual(early.log.after(10, 5).entries.map(({ json }) => json))
      expect(await late.backplane.position()).toMatchObject({ seq: 3000, earliest: 1 })
    })

  test('ends for good', async () => {
    const { backplane } = await open(kind, freshUrl(kind))
    await backplane.publish([notice(1)])
    await backplane.close()
    await backplane.close()
  })
})

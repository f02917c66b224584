// One suite over all contestants: each delivers what is published, once, and leaves nothing behind.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Scenario } from '../../results/scenario.ts'
import { readProfile } from '../profiles/profile.ts'
import { scenarioOf } from '../scenarios.ts'
import type { Contestant } from './contestant.ts'
import { contestants } from './index.ts'
import { hasNchan } from './nchan.ts'

// Only the compiled program has files that can be started.
const compiled = new URL('../../dist/bench/kinds/peer.js', import.meta.url).href
const { measurePeer } = (await import(compiled)) as typeof import('../kinds/peer.ts')

const all = Object.entries(contestants as Record<string, Contestant>).flatMap(([name, { dialects }]) =>
  Object.entries(dialects).map(([transport, { kind }]) => ({ name, transport, kind })),
)
/** What this machine can run: Linux for the figures, nginx for one of them. */
const here = all.filter(({ name }) => process.platform === 'linux' && (name !== 'nchan' || hasNchan()))

async function measure(name: string, transport: string | null, load: Partial<Scenario>) {
  const scenario = scenarioOf({
    kind: 'peer',
    contestant: name,
    clients: 7,
    ratePerSecond: 50,
    schedule: 'periodic',
    headerProfile: 'bare',
    warmupMs: 100,
    windowMs: 300,
    ...load,
  })
  const headers = await readProfile('bare')
  const { signal } = new AbortController()
  return measurePeer({ scenario, transport, round: 0, order: 0, seed: 1, headers, signal })
}

/** A temporary folder of this file's own: others' files run beside it. */
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transport-lab-test-'))
  vi.stubEnv('TMPDIR', folder)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const POLLED_MS = 1000
const HELD_MS = 1200

/** 7 pollers, and those whose turn comes as the window ends; a busy machine leaves turns out. */
function expectPolls(delivered: number): void {
  expect(delivered).toBeGreaterThanOrEqual(7)
  expect(delivered).toBeLessThanOrEqual(7 * (POLLED_MS / 50 + 2))
}

/** Turns left out make a cell void: an assertion on speed, which is the bench's and not a test's. */
const exceptLeftOut = (reasons: readonly string[] | undefined) =>
  reasons?.filter(reason => !/^\d+ % of the polls were not sent/.test(reason))

test.each(here)('$name delivers by $transport all that is published', async ({ name, transport, kind }) => {
  const isPolled = kind === 'polls'
  const isHeld = kind === 'held polls'
  const load = isPolled
    ? { ratePerSecond: 0, pollIntervalMs: 50, windowMs: POLLED_MS }
    : // A plain server keeps one notice for whoever is between two polls: they have time to come back.
      isHeld
      ? { ratePerSecond: 5, windowMs: HELD_MS }
      : {}
  const cell = await measure(name, transport, load)
  expect(cell).toMatchObject({ lost: 0, transport })
  expect(exceptLeftOut(cell.reasons)).toEqual([])
  if (isPolled) expectPolls(cell.delivered)
  // 1.2 s at 5 a second, the first at a random phase.
  else if (isHeld) expect([5 * 7, 6 * 7, 7 * 7]).toContain(cell.delivered)
  // 300 ms at 50 a second, the first at a random phase.
  else expect([14 * 7, 15 * 7]).toContain(cell.delivered)
  expect(cell.server.rssBytes).toBeGreaterThan(1e6)
  expect(await readdir(folder)).toEqual([])
})

test.runIf(process.platform === 'linux')('several notices of one post reach everyone', async () => {
  const cell = await measure('plain-ws', here.find(({ name }) => name === 'plain-ws')!.transport, { perPost: 10 })
  expect(cell).toMatchObject({ status: 'ok', lost: 0 })
  // 300 ms at 5 posts a second, each of 10 for 7.
  expect([70, 140]).toContain(cell.delivered)
})

test.runIf(process.platform === 'linux')('streams are opened anew where nothing is published', async () => {
  const cell = await measure('lab', 'sse', { ratePerSecond: 0, pollIntervalMs: 50, windowMs: POLLED_MS })
  expect(cell.lost).toBe(0)
  expect(exceptLeftOut(cell.reasons)).toEqual([])
  expectPolls(cell.delivered)
})

test.runIf(process.platform === 'linux')('the publishing alone delivers nothing', async () => {
  expect(await measure('lab', null, {})).toMatchObject({ status: 'ok', delivered: 0, expected: 0, transport: null })
})

// One suite over all contestants: each delivers what is published, once, and leaves nothing behind.
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import type { Scenario } from '../../results/format.ts'
import { readProfile } from '../profiles/profile.ts'
import { scenarioOf } from '../scenarios.ts'
import type { Contestant } from './contestant.ts'
import { contestants } from './index.ts'
import { hasNchan } from './nchan.ts'

// Only the compiled program has files that can be started.
const compiled = new URL('../../dist/bench/peer.js', import.meta.url).href
const { measurePeer } = (await import(compiled)) as typeof import('../peer.ts')

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

const leftOver = async () => (await readdir(tmpdir())).filter(name => name.startsWith('transport-lab-')).sort()

test.each(here)('$name delivers by $transport all that is published', async ({ name, transport, kind }) => {
  const before = await leftOver()
  const isClosedLoop = kind === 'polls'
  const cell = await measure(name, transport, isClosedLoop ? { ratePerSecond: 0 } : {})
  expect(cell).toMatchObject({ status: 'ok', reasons: [], lost: 0, transport })
  if (isClosedLoop) expect(cell.delivered).toBeGreaterThan(10)
  // 300 ms at 50 a second, the first at a random phase.
  else expect(cell.delivered / 7).toBe(15)
  expect(cell.server.rssBytes).toBeGreaterThan(1e6)
  expect(await leftOver()).toEqual(before)
})

test.runIf(process.platform === 'linux')('several notices of one post reach everyone', async () => {
  const cell = await measure('plain-ws', here.find(({ name }) => name === 'plain-ws')!.transport, { perPost: 10 })
  expect(cell).toMatchObject({ status: 'ok', lost: 0 })
  expect(cell.delivered % 70).toBe(0)
  expect(cell.delivered).toBeGreaterThan(0)
})

test.runIf(process.platform === 'linux')('the publishing alone delivers nothing', async () => {
  expect(await measure('lab', null, {})).toMatchObject({ status: 'ok', delivered: 0, expected: 0, transport: null })
})

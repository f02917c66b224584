// The verdict on the stage, on evidence made for it.
import { expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { parseRun } from '../../results/format.ts'
import { cellOf, sampleRun } from '../../results/sample-run.fixture.ts'
import { experiments } from './index.ts'
import { judgeClaim } from './made-up/plain.fixture.ts'
import { sampleOptions } from './made-up/verdict.fixture.ts'

const { plan, claims = [] } = experiments.stage!

function judged(stage: Cell['stage']) {
  const { scenarios } = plan(sampleOptions)
  const cells = scenarios.map(({ id }) => cellOf('websocket', 0, 0, { scenario: id, ...(stage && { stage }) }))
  const evidence = { cells, scenarios: [...scenarios], transports: ['websocket'] }
  const claim = judgeClaim(claims[0]!, evidence)
  const run = sampleRun({ transports: ['websocket'] })
  // What is judged can be written and read again.
  expect(parseRun({ ...run, ...evidence, claims: [claim] }).claims).toEqual([claim])
  return claim
}

const frames = (usual: number, slow: number): number[] => [...Array(19).fill(usual), slow]

test('is reproduced where the median second has fifty frames, however slow one of them was', () => {
  const claim = judged({ phones: 60, events: 900, frames: frames(58, 12), longestMs: 80 })
  expect(claim.verdict).toBe('reproduced')
  expect(claim.why).toContain('With 60 phones the median second had 58 frames, and of 20 seconds the slowest 58')
})

test('is refuted where it has fewer', () => {
  expect(judged({ phones: 60, events: 900, frames: frames(49, 60), longestMs: 80 }).verdict).toBe('refuted')
})

test.each([
  ['there were no frames', { phones: 60, events: 900, frames: [], longestMs: 0 }],
  ['nothing was watched', undefined],
])('is inconclusive where %s', (_, stage) => {
  expect(judged(stage)).toMatchObject({
    verdict: 'inconclusive',
    why: expect.stringContaining('no frames were counted'),
  })
})

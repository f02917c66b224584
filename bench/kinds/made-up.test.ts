// A kind that nobody has: two entries in two registries, and plan, engine, run file, summary, progress and duration know it.
import { expect, test, vi } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { parseRun, type Run } from '../../results/format.ts'
import type { CellOf, ResultKind } from '../../results/kinds/kind.ts'
import type { Scenario } from '../../results/scenario.ts'
import { parseOptions } from '../cli/options.ts'
import { runPlan } from '../engine.ts'
import { durationMs } from '../experiments/experiment.ts'
import { createProgress } from '../report/progress.ts'
import { scenarioOf } from '../scenarios.ts'
import type { KindDriver } from './kind.ts'

vi.mock('../../results/kinds/index.ts', async original => {
  const registry = await original<typeof import('../../results/kinds/index.ts')>()
  const z = await import('zod/mini')
  const findings = { sweetness: z.optional(z.number()) }
  const madeUp = {
    parameters: { spoons: z.optional(z.number()) },
    findings,
    metrics: { sweetness: ({ sweetness }: CellOf<typeof findings>) => sweetness ?? { missing: 'not tasted' } },
    outcome: ({ sweetness }: CellOf<typeof findings>) => `as sweet as ${sweetness}`,
  } satisfies ResultKind
  const kinds = { ...registry.kinds, 'made-up': madeUp }
  return {
    kinds,
    kindNames: Object.keys(kinds),
    allFindings: { ...registry.allFindings, ...madeUp.findings },
    allParameters: { ...registry.allParameters, ...madeUp.parameters },
  }
})

vi.mock('./index.ts', async original => {
  const { driverOf } = await original<typeof import('./index.ts')>()
  const { blankCell } = await import('../cell/blank-cell.ts')
  const madeUp: KindDriver = {
    measure: async ({ scenario, transport, round, order }) =>
      ({
        ...blankCell({ scenario, transport, round, order, startedAt: '2026-11-30T00:00:00.000Z' }),
        sweetness: 3 * (scenario as Scenario & { spoons: number }).spoons + round,
      }) as Cell,
    roundMs: (_, { transports }) => 7 * transports,
  }
  return { driverOf: (kind: string) => (kind === 'made-up' ? madeUp : driverOf(kind as 'delivery')) }
})

// Nothing is published.
vi.mock('../load/publisher-process.ts', () => ({
  startPublisher: async () => ({ publisher: { end: async () => {} }, isFirst: false }),
}))

test('a made-up kind is planned, measured, kept, summarised and told of', async () => {
  const scenario = {
    ...scenarioOf({ kind: 'made-up' as Scenario['kind'], headerProfile: 'bare', publishingAlone: false }),
    spoons: 2,
  }
  const plan = { scenarios: [scenario], transports: ['sse', 'websocket'], rounds: 2 }
  expect(durationMs(plan)).toBe(2 * 2 * 7)
  const lines: string[] = []
  const options = parseOptions(['--rounds', '2'], { transports: ['sse'], experiments: ['delivery'] }, () => 7)
  const runs: Run[] = []
  const { run, error } = await runPlan({
    id: 'made-up',
    options,
    plan,
    fingerprint: {
      cpu: 'none',
      cores: 1,
      memoryBytes: 1,
      os: 'none',
      kernel: 'none',
      node: 'v0',
      packages: {},
      gitRevision: null,
      gitDirty: null,
      fileLimit: null,
      sysctls: {},
    },
    progress: createProgress(options, plan, { write: text => lines.push(text) }),
    claims: [],
    signal: new AbortController().signal,
    keep: async () => {},
    onRound: async run => void runs.push(run),
  })
  expect(error).toBeUndefined()
  const read = parseRun(JSON.parse(JSON.stringify(run)))
  expect(read.scenarios[0]).toMatchObject({ kind: 'made-up', spoons: 2 })
  expect(read.summary.map(({ statistics }) => statistics.sweetness)).toEqual([
    expect.objectContaining({ value: 6.5, n: 2 }),
    expect.objectContaining({ value: 6.5, n: 2 }),
  ])
  expect(lines).toHaveLength(4)
  expect(lines[0]).toContain('as sweet as 6')
})

// Plans as a machine can hold them.
import { expect, test } from 'vitest'
import { clientTransports } from '../client/transports/index.ts'
import { parseOptions } from './cli/options.ts'
import { experiments } from './experiments/index.ts'
import { fitPlan } from './fit-plan.ts'

test('a machine that cannot hold the cost part of a run without options does without it', () => {
  const known = { transports: Object.keys(clientTransports), experiments: Object.keys(experiments) }
  const small = { fileLimit: 2000, localPorts: null, availableBytes: 1e12 }
  const { plan, leftOut } = fitPlan(experiments.delivery!.plan(parseOptions([], known)), small)
  expect(plan.scenarios.map(({ id }) => id)).toEqual(['delivery', 'idle'])
  expect(leftOut).toHaveLength(2)
})

import { expect, test } from 'vitest'
import { sampleRun } from '../results/sample-run.fixture.ts'
import { judgeClaim } from './claims.ts'
import { usableCells } from './evidence.ts'

test('a rule that fails on its cells gives no verdict, and says of which load by its name', () => {
  const run = sampleRun({ transports: ['a'], idle: false })
  const [load] = run.scenarios
  const scenarios = [load!, { ...load!, id: 'delivery-far', rttMs: 100 }]
  const fixed = { id: 'x', claim: 'c', source: 's', prediction: 'p', tolerance: 't', unit: 'ms' }
  const judge = (id: string) =>
    judgeClaim({ ...fixed, plainly: {}, judge: run => usableCells(run, { id }, 'b') as never }, { ...run, scenarios })
      .why
  expect(judge('delivery')).toBe(
    'its rule could not be applied: no usable cell of b with 100 subscribers · 10/s · loopback',
  )
  expect(judge('delivery-far')).toBe(
    'its rule could not be applied: no usable cell of b with 100 subscribers · 10/s · RTT 100 ms',
  )
})

// Charts of CPU and memory say under which load they were measured, where it was the cost part's.
import { expect, test } from 'vitest'
import { sampleRun } from '../../results/sample-run.fixture.ts'
import { chart as memory } from './memory.ts'

test('memory of the cost part is not shown under the conditions of the load', () => {
  const transports = ['sse', 'websocket']
  const run = sampleRun({ transports })
  const [load] = run.scenarios
  const summary = run.summary.map(row => ({
    ...row,
    statistics: { ...row.statistics, rssPerSubscriberBytes: { value: 20_000, low: null, high: null, n: 1 } },
  }))
  const view = { scenario: load!, shown: transports, theme: 'light' } as const
  const drawn = (scenarios: typeof run.scenarios) => memory.draw({ ...view, run: { ...run, summary, scenarios } })
  const cost = { ...load!, id: 'cost', kind: 'cost' as const, clients: 2000, ratePerSecond: 5 }
  const apart = drawn([...run.scenarios, cost])
  expect(apart.caption).toContain(' Measured apart, with 2000 subscribers · 5/s.')
  expect(apart.conditions).toBe('')
  expect(drawn(run.scenarios).conditions).toBeUndefined()
})

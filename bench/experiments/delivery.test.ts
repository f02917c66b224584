// The plan of a run without options: the load, what a quiet subscriber costs, and what the server's CPU and memory take.
import { expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import { parseOptions } from '../cli/options.ts'
import { durationMs } from './experiment.ts'
import { experiments } from './index.ts'

const known = { transports: Object.keys(clientTransports), experiments: Object.keys(experiments) }
const planned = (...argv: string[]) => experiments.delivery!.plan(parseOptions(argv, known, () => 7))
const costOf = (...argv: string[]) => planned(...argv).scenarios.filter(({ kind }) => kind === 'cost')

test('takes about three minutes, and less than half a one to its first table', () => {
  const plan = planned()
  expect(durationMs(plan)).toBeLessThan(200_000)
  const { scenarios } = plan
  const round = durationMs({ ...plan, scenarios: scenarios.filter(({ kind }) => kind === 'delivery'), rounds: 1 })
  // Planned with some room: a round was seen to take 25 s.
  expect(round).toBeLessThan(27_500)
})

test('measures what many subscribers cost apart, each transport once', () => {
  const parts = costOf()
  expect(parts.flatMap(({ transports }) => transports!).sort()).toEqual(known.transports.toSorted())
  expect(parts.map(({ clients }) => clients)).toEqual([2000, 2000])
  const held = parts.find(({ transports }) => transports!.includes('long-polling'))!
  // Each notice is an exchange of each subscriber, some 65 µs: less than half a core.
  expect(held.clients * held.ratePerSecond * 65e-6).toBeLessThan(0.5)
})

test.each(['0.5', '10', '200'])('has as many notices a poll as the load of %s a second', rate => {
  const [load] = planned('-r', rate).scenarios
  const part = costOf('-r', rate).find(({ transports }) => transports!.includes('short-polling'))!
  expect(part.ratePerSecond * part.pollIntervalMs).toBeCloseTo(load!.ratePerSecond * load!.pollIntervalMs)
})

test.each([[['--cost', '0']], [['--preset', 'smoke']], [['-c', '2000']], [['--workers', '2']], [['--servers', '3']]])(
  '%j has no such part',
  argv => expect(costOf(...argv)).toEqual([]),
)

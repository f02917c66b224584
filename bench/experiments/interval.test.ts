// How much of a short poll's mean wait is the luck of a round: phases of few subscribers leave gaps between their strata, those of many do not.
import { describe, expect, it } from 'vitest'
import { pollPhases, publishSchedule } from '../load/schedule.ts'
import { base, others } from './interval.ts'

/** Mean and spread, over rounds, of the mean wait until the next poll of all subscribers, ms. */
function waits(scenario: typeof base, clients: number): { mean: number; spread: number } {
  const { ratePerSecond, windowMs: durationMs, pollIntervalMs: cycleMs } = scenario
  const rounds = Array.from({ length: 400 }, (_, seed) => {
    const times = publishSchedule({ kind: 'poisson', ratePerSecond, durationMs, stratified: true, seed })
    const phases = pollPhases(clients, cycleMs, seed + 1000)
    let sum = 0
    for (const at of times) for (const phase of phases) sum += (((phase - at) % cycleMs) + cycleMs) % cycleMs
    return sum / times.length / clients
  })
  const mean = rounds.reduce((sum, value) => sum + value, 0) / rounds.length
  return { mean, spread: Math.sqrt(rounds.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rounds.length) }
}

describe('the luck of a round of short polling', () => {
  it.each([base, ...others].map(scenario => [scenario.pollIntervalMs, scenario] as const))(
    'is little beside 3 %% of its mean, and its mean T/2: T = %d ms',
    (cycleMs, scenario) => {
      const { mean, spread } = waits(scenario, scenario.clients)
      expect(Math.abs(mean - cycleMs / 2)).toBeLessThan(spread / 4)
      expect(spread / mean).toBeLessThan(0.007)
    },
  )

  it('was twice as large with 20 subscribers at T = 1 s', () => {
    expect(waits(base, 20).spread / waits(base, base.clients).spread).toBeGreaterThan(2)
  })
})

// The experiments before a run: what each is fixed to, and all of them as one.

import { describe, expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import type { Scenario } from '../../results/scenario.ts'
import { parseOptions } from '../cli/options.ts'
import { RUN_IN_MS } from '../load/schedule.ts'
import { planOf } from '../plan.ts'
import { allOf } from './all.ts'
import { durationMs, type Experiment, unionOf } from './experiment.ts'
import { experimentOf, experiments } from './index.ts'

const known = { transports: Object.keys(clientTransports), experiments: Object.keys(experiments) }
const optionsOf = (...argv: string[]) => parseOptions(argv, known, () => 7)
const { all, ...each } = experiments
/** Those that `all` consists of. */
const together = Object.fromEntries(Object.entries(each).filter(([, { isSeparate = false }]) => !isSeparate))

describe('every experiment', () => {
  test.each(Object.entries(experiments))('%s asks a question and fixes its claims beforehand', (_, experiment) => {
    expect(experiment.question).toMatch(/^[A-Z].*\?$/)
    for (const { id, claim, source, prediction, tolerance, unit } of experiment.claims ?? [])
      for (const text of [id, claim, source, prediction, tolerance, unit]) expect(text.trim()).not.toBe('')
  })

  test('has scenarios of one id that say the same', () => {
    const plans = Object.values(each).map(({ plan }) => plan(optionsOf()))
    const seen = new Map<string, Scenario>()
    for (const scenario of plans.flatMap(plan => plan.scenarios)) {
      // Who takes part and how often may differ: that is united.
      const { transports, rounds, publishingAlone, ...load } = scenario
      expect(load).toEqual(seen.get(scenario.id) ?? load)
      seen.set(scenario.id, load as Scenario)
    }
  })

  test('counts transits with few subscribers and long legs only', () => {
    for (const name of Object.keys(each))
      if (each[name]!.claims?.some(({ unit }) => unit === 'transits'))
        for (const { clients, rttMs } of each[name]!.plan(optionsOf()).scenarios) {
          expect(clients).toBeLessThanOrEqual(20)
          expect(rttMs).toBeGreaterThanOrEqual(100)
        }
  })

  test('takes the rounds and lengths that were typed, under the same ids', () => {
    for (const argv of [
      ['--rounds', '1', '--window', '500ms', '--warmup', '200ms'],
      ['--preset', 'smoke'],
    ])
      for (const experiment of Object.values(each)) {
        if (!experiment.claims) continue
        const own = experiment.plan(optionsOf())
        const plan = experiment.plan(optionsOf(...argv))
        expect(plan.rounds).toBe(1)
        expect(plan.scenarios.map(({ id }) => id)).toEqual(own.scenarios.map(({ id }) => id))
        expect(durationMs(plan)).toBeLessThan(durationMs(own))
      }
  })
})

describe('all of them', () => {
  test('measure each scenario once, for all claims, within 50 minutes', () => {
    const plan = all!.plan(optionsOf())
    const ids = plan.scenarios.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const experiment of Object.values(together))
      for (const scenario of experiment.plan(optionsOf()).scenarios) {
        const united = plan.scenarios.find(({ id }) => id === scenario.id)!
        expect(united.transports).toEqual(expect.arrayContaining(scenario.transports ?? []))
        expect(united.rounds).toBeGreaterThanOrEqual(scenario.rounds ?? 1)
      }
    expect(all!.claims).toEqual(Object.values(together).flatMap(({ claims = [] }) => claims))
    expect(new Set(all!.claims!.map(({ id }) => id)).size).toBe(all!.claims!.length)
    expect(durationMs(plan)).toBeLessThanOrEqual(50 * 60_000)
  })

  test('may be chosen: their scenarios and claims once each, also where one is named twice', () => {
    const two = experimentOf('rtt,latency-3')
    expect(two.claims).toEqual([...each.rtt!.claims!, ...each['latency-3']!.claims!])
    const ids = two.plan(optionsOf()).scenarios.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(experimentOf('rtt')).toBe(each.rtt)
    expect(experimentOf('all,rtt').claims).toEqual(all!.claims)
  })

  test('unite transports and rounds, and measure the publishing alone for whoever needs it', () => {
    const load = each['latency-3']!.plan(optionsOf()).scenarios[0]!
    const made = (transports: string[], rounds: number, publishingAlone?: boolean): Experiment => ({
      question: 'Which?',
      group: 'start',
      plan: options => planOf(options, { scenarios: [{ ...load, transports, rounds, publishingAlone }], rounds }),
    })
    const united = (...parts: Experiment[]) => allOf(parts).plan(optionsOf()).scenarios[0]!
    expect(united(made(['a'], 2, false), made(['b'], 3, false))).toMatchObject({ transports: ['a', 'b'], rounds: 3 })
    expect(united(made(['a'], 2, false), made(['b'], 3, false)).publishingAlone).toBe(false)
    // Where it is worth it outweighs never, always outweighs both.
    expect(united(made(['a'], 2), made(['b'], 3, false)).publishingAlone).toBeUndefined()
    expect(united(made(['a'], 2, false), made(['b'], 3)).publishingAlone).toBeUndefined()
    expect(united(made(['a'], 2), made(['b'], 3, true)).publishingAlone).toBe(true)
    expect(united(made(['a'], 2, true), made(['b'], 3, false)).publishingAlone).toBe(true)
  })

  test('a cell less a round is a cell less in the duration', () => {
    const [load] = each['latency-3']!.plan(optionsOf()).scenarios
    const ms = (publishingAlone: boolean) =>
      durationMs(unionOf([{ scenarios: [{ ...load!, publishingAlone, rounds: 1 }], transports: [], rounds: 1 }]))
    expect(ms(true) - ms(false)).toBe(RUN_IN_MS + load!.warmupMs + load!.windowMs + 1100 + 2 * load!.rttMs)
  })
})

import { describe, expect, test } from 'vitest'
import { briefFleet, conditionList, conditionsOf, faultText, namesOfLoads } from './conditions.ts'
import { sampleRun } from './sample-run.fixture.ts'
import type { Scenario } from './scenario.ts'

const run = sampleRun({ transports: ['a'] })
const plain = run.scenarios[0]!
const kill = { kind: 'kill-server', atMs: 5000, forMs: 0 } as const
const pause = { kind: 'pause-backplane', atMs: 4000, forMs: 1500 } as const
const whole: Scenario = {
  ...plain,
  servers: 3,
  balancer: 'haproxy',
  sticky: 'cookie',
  backplane: 'rabbitmq',
  workers: 2,
  tls: true,
  fault: kill,
}

describe('conditions', () => {
  test('tell a fleet, its encryption and its fault in words', () => {
    expect(conditionsOf(run, whole)).toContain(
      "held up to 25 s · 3 servers behind HAProxy · sticky by cookie · rabbitmq backplane · 2 processes share a server's port, none pinned to a core · over TLS, whose records count as headers · one server killed after 5 s · loopback",
    )
    expect(faultText({ ...plain, fault: pause })).toBe('backplane paused for 1.5 s after 4 s')
  })

  test('say nothing of a fleet where there is none, also where that is written out', () => {
    const written: Scenario = { ...plain, servers: 1, backplane: 'memory', workers: 1, tls: false }
    expect(conditionsOf(run, written)).toBe(conditionsOf(run, plain))
    expect(briefFleet(written)).toBe('')
  })

  test('say that clients change servers only where a balancer could keep them', () => {
    expect(conditionsOf(run, { ...plain, servers: 1, balancer: 'haproxy' })).toContain(
      'one server behind HAProxy · not sticky',
    )
    expect(conditionsOf(run, { ...plain, servers: 2, backplane: 'redis' })).not.toContain('sticky')
  })

  test('stand in the same places under every scenario', () => {
    expect(conditionList(run, whole)).toHaveLength(conditionList(run, plain).length)
    expect(conditionList(run, run.scenarios[1]!)).toHaveLength(conditionList(run, plain).length)
  })

  test('are brief for a choice and a sentence', () => {
    expect(briefFleet(whole)).toBe('3 servers on rabbitmq, sticky, 2 workers, TLS, one server killed')
    expect(briefFleet({ ...plain, fault: pause })).toBe('backplane paused 1.5 s')
    expect(briefFleet({ ...plain, backplane: 'redis' })).toBe('1 server on redis')
  })
})

describe('the names of loads', () => {
  test('say how many subscribers and how much is published, and what else not all have in common', () => {
    const far = { ...plain, rttMs: 100 }
    const names = namesOfLoads([plain, far, { ...far, clients: 1000 }])
    expect(new Set(names).size).toBe(3)
    expect(names).toEqual([
      '100 subscribers · 10/s · loopback',
      '100 subscribers · 10/s · RTT 100 ms',
      '1000 subscribers · 10/s · RTT 100 ms',
    ])
    expect(
      namesOfLoads([
        { ...far, pollIntervalMs: 4500 },
        { ...plain, clients: 1, ratePerSecond: 1 / 3 },
      ]),
    ).toEqual([
      '100 subscribers · 10/s · polls every 4.5 s · RTT 100 ms',
      '1 subscriber · 0.33333/s · polls every 1 s · loopback',
    ])
  })

  test('are short where one is alone', () => expect(namesOfLoads([plain])).toEqual(['100 subscribers · 10/s']))

  test('tell apart by what is no condition of every load, too', () => {
    expect(
      namesOfLoads([
        plain,
        { ...plain, waitMs: 5000 },
        { ...plain, schedule: 'periodic' },
        { ...plain, kind: 'peer', contestant: 'plain-ws', perPost: 10 },
        { ...plain, jitterMs: 2, bandwidthKBps: 50 },
        { ...plain, transportOptions: { 'a-transport': { over: 'polls' } }, burnUs: 20 },
      ]),
    ).toEqual([
      '100 subscribers · 10/s · held up to 25 s',
      '100 subscribers · 10/s · held up to 5 s',
      '100 subscribers · 10/s periodic',
      '100 subscribers · 10/s · held up to 25 s · peer · plain-ws · per post 10',
      '100 subscribers · 10/s · held up to 25 s · jitter 2 ms · bandwidth 50 kB/s',
      '100 subscribers · 10/s · held up to 25 s · over polls · burn 20 µs',
    ])
  })

  test('are told apart by their transports where nothing else does, and then by a number', () => {
    const on = (...transports: string[]) => ({ ...plain, transports })
    expect(namesOfLoads([on('a'), on('b', 'c')])).toEqual([
      '100 subscribers · 10/s · on a',
      '100 subscribers · 10/s · on b, c',
    ])
    const names = namesOfLoads([plain, { ...plain, id: 'other' }])
    expect(names.map(name => name.slice(-3))).toEqual(['(1)', '(2)'])
  })
})

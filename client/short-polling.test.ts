import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { deferred, record, type Script, scriptedServer } from './scripted-server.fixture.ts'
import { subscribe as shortPolling } from './transports/short-polling.ts'
import type { Subscription } from './transports/transport.ts'

const answer = (cursor: string, missed: number) => JSON.stringify({ cursor, missed, notices: [] })

async function serve(http: NonNullable<Script['http']>) {
  const server = await scriptedServer({ http })
  onTestFinished(server.close)
  return server
}

function follow(options: Partial<Subscription> & { baseUrl: string }) {
  const recorder = record(shortPolling, options)
  onTestFinished(recorder.stop)
  return recorder
}

afterEach(() => {
  vi.useRealTimers()
})

describe('short polling', () => {
  test('asks at start + phase + k·T, whatever the answers take', async () => {
    const arrivedMs: number[] = []
    const enough = deferred()
    const server = await serve((_, response) => {
      if (arrivedMs.push(performance.now()) === 40) enough.resolve()
      setTimeout(() => response.end(answer('e.0', 0)), arrivedMs.length % 5)
    })
    const startMs = performance.now()
    const seen = follow({ baseUrl: server.baseUrl, pollIntervalMs: 7.3, phaseMs: 4 })
    await enough.promise
    seen.stop()
    // A busy machine may make polls late or skip them; one ahead of the due time of its number would be one too many.
    for (const [index, atMs] of arrivedMs.entries()) expect(atMs).toBeGreaterThanOrEqual(startMs + 4 + index * 7.3)
  })

  test('does not ask early when its timer fires early', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const clock = vi.spyOn(performance, 'now').mockReturnValue(100)
    onTestFinished(() => clock.mockRestore())
    const server = await serve(() => {})
    const seen = follow({ baseUrl: server.baseUrl, pollIntervalMs: 1000, phaseMs: 50 })
    clock.mockReturnValue(149.4)
    vi.advanceTimersByTime(50)
    expect(seen.tally.requests).toBe(0)
    clock.mockReturnValue(150.1)
    vi.advanceTimersByTime(1)
    expect(seen.tally.requests).toBe(1)
  })

  test('skips and counts the polls that are due while one is outstanding, and keeps its schedule', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const asked = Array.from({ length: 3 }, () => deferred<ServerResponse>())
    const server = await serve((_, response, index) => asked[index]?.resolve(response))
    const seen = follow({ baseUrl: server.baseUrl, pollIntervalMs: 1000, phaseMs: 300 })
    vi.advanceTimersByTime(299)
    expect(seen.tally.requests).toBe(0)
    vi.advanceTimersByTime(1)
    expect(seen.tally.requests).toBe(1)
    const first = await asked[0]!.promise
    vi.advanceTimersByTime(3500)
    expect(seen.tally).toMatchObject({ requests: 1, skippedPolls: 3 })
    first.end(answer('e.0', 0))
    await seen.until(() => seen.events.includes('open'))
    vi.advanceTimersByTime(499)
    expect(seen.tally.requests).toBe(1)
    vi.advanceTimersByTime(1)
    expect(seen.tally).toMatchObject({ requests: 2, skippedPolls: 3 })
  })

  test('counts the polls of a stall of its own process as skipped', async () => {
    const server = await serve(() => {})
    const seen = follow({ baseUrl: server.baseUrl, pollIntervalMs: 10 })
    const stalledUntilMs = performance.now() + 55
    while (performance.now() < stalledUntilMs);
    // Armed after the poll's own timer, so it fires after it.
    await new Promise(resolve => setTimeout(resolve, 1))
    expect(seen.tally.requests).toBe(1)
    expect(seen.tally.skippedPolls).toBeGreaterThanOrEqual(5)
  })

  test('after-answer waits a whole interval from the answer on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const asked = Array.from({ length: 2 }, () => deferred<ServerResponse>())
    const server = await serve((_, response, index) => asked[index]?.resolve(response))
    const seen = follow({ baseUrl: server.baseUrl, pollIntervalMs: 1000, pollTimer: 'after-answer' })
    vi.advanceTimersByTime(1)
    const first = await asked[0]!.promise
    vi.advanceTimersByTime(2500)
    first.end(answer('e.0', 0))
    await seen.until(() => seen.events.includes('open'))
    vi.advanceTimersByTime(999)
    expect(seen.tally).toMatchObject({ requests: 1, skippedPolls: 0 })
    vi.advanceTimersByTime(1)
    expect(seen.tally).toMatchObject({ requests: 2, skippedPolls: 0 })
  })

  test.each([
    [{ pollIntervalMs: 0 }, 'pollIntervalMs must be a positive number of milliseconds, got 0'],
    [{ pollIntervalMs: Number.NaN }, 'got NaN'],
    [{ phaseMs: -1 }, 'phaseMs must be a number of milliseconds from 0, got -1'],
  ])('refuses %j', (options, message) => {
    expect(() => record(shortPolling, { baseUrl: 'http://127.0.0.1:1', ...options })).toThrow(message)
  })
})

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepLink } from './tail.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function link() {
  let end: (why?: string) => void = () => {}
  const ended = new Promise<string>(resolve => {
    end = (why = 'closed') => resolve(why)
  })
  return { ended, end }
}

test('a backplane that is away is asked ever more rarely, down to once in three seconds, and the status says so', async () => {
  const first = link()
  const askedMs: number[] = []
  let next: ReturnType<typeof link> | undefined
  const keeper = keepLink(
    first,
    async () => {
      askedMs.push(performance.now())
      if (!next) throw new Error('nobody listens')
      return next
    },
    async (_, isHealthy) => {
      isHealthy()
      await new Promise(() => {})
    },
  )
  await vi.advanceTimersByTimeAsync(0)
  expect(keeper.health()).toEqual({ healthy: true })
  const lostMs = performance.now()
  first.end('it went away')
  await vi.advanceTimersByTimeAsync(60_000)
  const waits = askedMs.map((ms, i) => Math.round(ms - (askedMs[i - 1] ?? lostMs)))
  expect(waits.slice(0, 10)).toEqual([37, 75, 150, 300, 600, 1200, 2250, 2250, 2250, 2250])
  const { healthy, detail, away } = keeper.health()
  expect({ healthy, detail }).toEqual({ healthy: false, detail: 'nobody listens' })
  expect(away!.forMs).toBe(60_000)
  expect(away!.nextAttemptMs).toBeGreaterThan(0)
  next = link()
  await vi.advanceTimersByTimeAsync(away!.nextAttemptMs + 1)
  expect(keeper.health()).toEqual({ healthy: true })
  next.end('and again')
  await vi.advanceTimersByTimeAsync(10)
  expect(keeper.health()).toMatchObject({ detail: 'and again', away: { forMs: 10 } })
  await keeper.close()
})

import { afterEach, expect, test, vi } from 'vitest'
import { startDemoServer } from './demo/demo.fixture.ts'
import { type PollAnswer, paths } from './protocol.ts'

let demo: Awaited<ReturnType<typeof startDemoServer>>
afterEach(async () => {
  vi.restoreAllMocks()
  await demo.close()
})

test.each([0, -3_600_000, 3_600_000])(
  'a notice and the clock that is asked for tell one time, also once the system’s was set by %i ms',
  async stepMs => {
    demo = await startDemoServer()
    const { now } = Date
    vi.spyOn(Date, 'now').mockImplementation(() => now() + stepMs)
    const asked = async () => (await demo.ask('GET', paths.time)).body.nowMs as number
    const before = await asked()
    expect((await demo.ask('POST', paths.notices, { body: 1 })).status).toBe(201)
    const after = await asked()
    const { notices } = (await demo.ask('GET', '/api/short-polling?after=earliest')).body as unknown as PollAnswer
    expect(notices[0]!.at).toBeGreaterThanOrEqual(before)
    expect(notices[0]!.at).toBeLessThanOrEqual(after)
  },
)

// The harness proves itself: where its own publisher, load process, readings, pollers or clocks are not what the rules ask for, the cell is void.
import { expect, it } from 'vitest'
import { floorVoids } from '../evidence.ts'
import { measureFaulty, preloading, processOf, runOf, stopFor, swapping } from './cell.fixture.ts'

const STALL_MS = 700

it('a publisher that stands still is late (rule 2)', async () => {
  const cell = await measureFaulty({
    transport: 'sse',
    scenario: { floor: false },
    inWindow: ({ process }) => stopFor(process.pid!, STALL_MS),
  })
  expect(cell.status).toBe('void')
  expect(cell.reasons).toContainEqual(
    expect.stringMatching(/^late publisher: its lag p99 was \d+\.\d+ ms, the bound is 2 ms$/),
  )
  expect(cell.publisherLag!.maxUs!).toBeGreaterThan(STALL_MS * 900)
  // Its lag is no latency of the transport: were it in there, the mean would be larger than the lag's.
  expect(cell.delivery!.meanUs!).toBeLessThan(cell.publisherLag!.meanUs!)
  expect(runOf(cell).warnings).toContainEqual(expect.objectContaining({ code: 'late-publisher', severity: 'error' }))
})

it('counters that were read a quarter into the window are not the window’s (rule 5)', async () => {
  const cell = await measureFaulty({ transport: 'sse', fault: 'slow-status' })
  expect(cell.status).toBe('void')
  const late =
    /^late reading: the server's counters were read (\d+) ms after the window began, the bound is 120 ms, a tenth of it$/
  const [, lateMs] = cell.reasons.map(reason => late.exec(reason)).find(found => found) ?? []
  // No sooner than the server let it.
  expect(Number(lateMs)).toBeGreaterThanOrEqual(300)
  // What the subscribers had is complete; what the server is said to have written is not.
  expect(cell.delivered).toBe(cell.expected)
  expect(cell.noticesWritten).toBeLessThan(cell.delivered)
})

it('a load process that stands still in beats is saturated by its loop delay (rule 7)', async () => {
  const cell = await measureFaulty({
    transport: 'sse',
    inWindow: async () => {
      const pid = processOf('/load/worker.js')
      for (let beat = 0; beat < 8; beat++) {
        await stopFor(pid, 25)
        await new Promise(resolve => setTimeout(resolve, 15))
      }
    },
  })
  expect(cell.status).toBe('void')
  expect(cell.reasons).toContainEqual(
    expect.stringMatching(/^saturated client: its loop delay p99 was \d+\.\d ms, the bound is 5 ms$/),
  )
  expect(runOf(cell).warnings).toContainEqual(expect.objectContaining({ code: 'void', severity: 'error' }))
  expect(runOf(cell).verdict).toMatch(/^Inconclusive: no transport has a usable median\./)
})

it('a load process that burns its core is saturated by its CPU, and its null transport voids small differences (rule 7)', async () => {
  const cell = await measureFaulty({ transport: 'sse', env: preloading('hog.fixture.js') })
  expect(cell.status).toBe('void')
  expect(cell.reasons).toContainEqual(expect.stringMatching(/^saturated client: /))
  // A core that is shared with others may be less than the bound; then it is the loop that tells.
  if (cell.client.cpuShare >= 0.7)
    expect(cell.reasons).toContainEqual(
      expect.stringMatching(/^saturated client: it used \d+ % of a core, the bound is 70 %$/),
    )
  expect(floorVoids(cell, 10)).toMatch(
    /^the null transport beside sse in round 1 had a p99 of \d+\.\d+ ms, the bound .* is 2\.00 ms$/,
  )
  expect(floorVoids(cell, 60_000)).toBeUndefined()
})

it('pollers that all poll at once are in phase (rule 4)', async () => {
  // So long an interval that a hold-up of the machine is a small part of it.
  const order = { transport: 'short-polling', scenario: { clients: 20, pollIntervalMs: 1000 } }
  const locked = await measureFaulty({ ...order, env: swapping('/load/schedule.js', 'locked-phases.fixture.js') })
  expect(locked.pollPhases!.count).toBe(20)
  expect(locked.status).toBe('void')
  expect(locked.reasons).toContainEqual(
    expect.stringMatching(
      /^pollers in phase: their polls lay [01]\.\d+ from even .*, the bound for 20 of them is 0\.49$/,
    ),
  )
  const even = await measureFaulty(order)
  expect(even.pollPhases!.count).toBe(20)
  expect(even.reasons.filter(reason => reason.includes('phase'))).toEqual([])
})

it('a clock of its own on the server puts arrivals before their notices and voids the cell (rule 1)', async () => {
  const cell = await measureFaulty({ transport: 'long-polling', fault: 'clock' })
  expect(cell.status).toBe('void')
  expect(cell.reasons).toContain(
    `clock readings in the wrong order: ${cell.expected} of ${cell.expected} values of delivery were negative`,
  )
})

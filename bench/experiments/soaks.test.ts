// The verdicts of a soak, on evidence made for each of them, and how long it goes on.
import { describe, expect, it } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import type { Cell } from '../../results/cell.ts'
import { seededRandom } from '../../results/random.ts'
import { blankCell } from '../cell/blank-cell.ts'
import { parseOptions } from '../cli/options.ts'
import { experiments } from './index.ts'
import { judgeClaim } from './made-up/plain.fixture.ts'

const transports = Object.keys(clientTransports)
const optionsOf = (...words: string[]) => parseOptions(words, { transports, experiments: ['delivery'] }, () => 7)
const { plan, claims = [] } = experiments.soak!
const MINUTES = 30

/** Resident memory that wanders by 5 MB, and grows by so much an hour. */
function evidence(growthMbPerHour: number, more: Partial<Cell> = {}) {
  const { scenarios } = plan(optionsOf())
  const random = seededRandom(7)
  const readings = Array.from({ length: MINUTES * 12 + 1 }, (_, i) => ({
    atMs: i * 5000,
    heapBytes: 20e6,
    rssBytes: Math.round(120e6 + 5e6 * random() + (growthMbPerHour * 1e6 * i) / 720),
    descriptors: 60,
    lost: 0,
    doubled: 0,
  }))
  const cells = transports.map(
    (transport, order): Cell => ({
      ...blankCell({ scenario: scenarios[0]!, transport, round: 0, order }),
      expected: 1000,
      delivered: 1000,
      soak: { readings, cuts: 900, restarts: 1, attacks: { pings: 2 } },
      ...more,
    }),
  )
  return { cells, scenarios: [...scenarios], transports }
}
const judged = (id: string, ...made: Parameters<typeof evidence>) =>
  judgeClaim(claims.find(claim => claim.id === id)!, evidence(...made))

describe('growth', () => {
  it.each([
    [0, 'reproduced'],
    [40, 'refuted'],
    [-40, 'inconclusive'],
  ] as const)('of %d MB an hour is %s', (growth, verdict) => {
    const { verdict: given, why, points } = judged('soak', growth)
    expect(given).toBe(verdict)
    expect(why).toMatch(/^Over 30\.0 minutes resident memory went from \d+ to \d+ MB/)
    expect(points[0]!.measured!.value).toBeCloseTo(growth, -1)
  })

  it('cannot be told of a server that was not read', () => {
    expect(judged('soak', 0, { soak: undefined })).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringContaining('memory was read 0 times'),
    })
  })
})

describe('the account', () => {
  it('holds where nothing was lost or doubled, and says through how much', () => {
    expect(judged('soak-account', 0)).toMatchObject({
      verdict: 'reproduced',
      why: expect.stringMatching(/0 lost and 0 doubled of 1000; in 900 cuts, 1 restart and 2 attacks\.$/),
    })
  })

  it.each([{ lost: 1 }, { duplicated: 1 }])('is refuted by %j', more => {
    expect(judged('soak-account', 0, more).verdict).toBe('refuted')
  })
})

it('goes on for as many minutes as were typed, under the same name', () => {
  const windowsOf = (...words: string[]) =>
    plan(optionsOf(...words)).scenarios.map(({ id, windowMs }) => [id, windowMs])
  const [[id]] = windowsOf() as [[string, number]]
  expect(windowsOf()).toEqual([[id, 600_000]])
  expect(windowsOf('--minutes', '0.5')).toEqual([[id, 30_000]])
  expect(() => optionsOf('--minutes', 'many')).toThrow('--minutes must be a number from 0.1 to 10000, got "many"')
})

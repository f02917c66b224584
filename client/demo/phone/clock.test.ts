import { describe, expect, it } from 'vitest'
import { AT_MS, type Clock, clockOf, compareClocks, delayOf, isParted } from './clock.ts'

const HOUR_MS = 3_600_000
/** The server's clock is 1000 ms ahead of ours. */
const ahead: Clock = { offsetMs: 1000, uncertaintyMs: 2 }

describe('the clock', () => {
  it('is that of the quickest sample, right to half of its round trip and of the server’s ms', () => {
    const samples = [
      { sentMs: 0, cameMs: 100, serverMs: 5000 },
      { sentMs: 200, cameMs: 204, serverMs: 1202 },
    ]
    expect(clockOf(samples)).toEqual({ offsetMs: 1000 + AT_MS, uncertaintyMs: 2 + AT_MS })
    expect(clockOf([])).toBeUndefined()
  })

  it('is not asked for again where it did not come', async () => {
    let asked = 0
    const lost = async () => {
      asked++
      throw new Error('no network')
    }
    expect(await compareClocks(lost)).toBeUndefined()
    expect(asked).toBe(1)
    expect(await compareClocks(async () => 7)).toBeDefined()
  })

  it('has parted from ours where the server’s reads what it cannot', () => {
    const read = (serverMs: number) => isParted({ sentMs: 50_000, cameMs: 50_010, serverMs }, ahead)
    expect([50_800, 51_000, 51_200].map(read)).toEqual([false, false, false])
    expect([50_700, 51_300, 51_005 - HOUR_MS, 51_005 + HOUR_MS].map(read)).toEqual([true, true, true, true])
  })

  it('has parted from ours where a notice came before it was published, or was published before it was not there yet', () => {
    const parted = (at: number, sentMs = 48_000) => isParted({ sentMs, cameMs: 50_010, serverMs: at }, ahead)
    expect(delayOf(51_000, 50_010, ahead)).toBe(10 - AT_MS)
    expect([51_000, 51_012, 49_000].map(at => parted(at))).toEqual([false, false, false])
    expect([51_000 + HOUR_MS, 51_000 - HOUR_MS].map(at => parted(at))).toEqual([true, true])
    expect(parted(51_000 - HOUR_MS, Number.NEGATIVE_INFINITY)).toBe(false)
    expect(parted(51_000 + HOUR_MS, Number.NEGATIVE_INFINITY)).toBe(true)
  })
})

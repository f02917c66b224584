// A load process watches itself over the window: its CPU, its loop, its floor, and the closed loop beside the subscribers.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Distribution } from '../../results/estimate.ts'
import { closedLoop } from './closed-loop.ts'
import { measureFloor } from './floor.ts'

export interface WatchOrder {
  readonly startNs: bigint
  readonly windowFromNs: bigint
  readonly windowToNs: bigint
  readonly intendedMs: Float64Array
  /** How often the floor is probed in the window; undefined = not at all. */
  readonly floorEveryMs: number | undefined
  /** Where a naive closed loop is to run beside the subscribers in the window. */
  readonly naive?: { readonly url: string; readonly path: string; readonly everyMs: number } | undefined
}

export interface ClientUse {
  readonly cpuUs: number
  readonly cpuShare: number
  readonly loopDelayP99Ms: number
}

export interface OwnWatch {
  readonly use: ClientUse
  readonly floor: Distribution | undefined
  readonly naive: Distribution | undefined
  /** When the window began, ms since the Unix epoch. */
  readonly fromMs: number
}

/** Fine enough to see stalls of a few ms, coarse enough to cost little. */
const LOOP_RESOLUTION_MS = 5
const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })

/** What a process that has not watched itself used. */
export const noUse: ClientUse = { cpuUs: 0, cpuShare: 0, loopDelayP99Ms: 0 }

/** Settles after the window. */
export async function watchOwn({ windowFromNs, windowToNs, floorEveryMs, naive }: WatchOrder): Promise<OwnWatch> {
  const waitMs = (ns: bigint): number => Math.max(0, Number(ns - process.hrtime.bigint()) / 1e6)
  await new Promise(resolve => setTimeout(resolve, waitMs(windowFromNs)))
  loop.reset()
  loop.enable()
  const before = process.cpuUsage()
  const from = process.hrtime.bigint()
  const fromMs = performance.timeOrigin + performance.now()
  const windowEnds = new AbortController()
  const besides = Promise.all([
    floorEveryMs === undefined ? undefined : measureFloor(floorEveryMs, windowEnds.signal),
    naive && closedLoop(naive.url, naive.path, naive.everyMs, windowEnds.signal),
  ])
  await new Promise(resolve => setTimeout(resolve, waitMs(windowToNs)))
  windowEnds.abort()
  const { user, system } = process.cpuUsage(before)
  loop.disable()
  const use = {
    cpuUs: user + system,
    cpuShare: ((user + system) * 1000) / Number(process.hrtime.bigint() - from),
    loopDelayP99Ms: loop.count > 0 ? Math.max(0, loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS) : 0,
  }
  const [ownFloor, ownNaive] = await besides
  return { use, floor: ownFloor, naive: ownNaive, fromMs }
}

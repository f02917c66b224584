// A load process in a closed loop, as fast as the server answers: polls by autocannon, and connects. For capacities, never for delivery latency.
import autocannon from 'autocannon'
import { serveParent } from '../machine/child.ts'
import { connectOnce } from './connect-once.ts'

export interface HammerReport {
  /** Polls answered with 2xx, or connections that were answered. */
  readonly count: number
  readonly elapsedMs: number
  /** Of a core. */
  readonly cpuShare: number
  readonly failures: number
}

export type HammerCalls = {
  /** GETs `url` on so many kept-alive connections, each as soon as the one before is answered. */
  polls: {
    argument: { url: string; connections: number; forMs: number; headers: Readonly<Record<string, string>> }
    result: HammerReport
  }
  /** Connects in so many lanes, each as soon as the connection before was answered and cut; `request` is the text of the request. */
  connects: { argument: { origin: string; request: string; lanes: number; forMs: number }; result: HammerReport }
}

function reportOf(count: number, failures: number, begunMs: number, before: NodeJS.CpuUsage): HammerReport {
  const elapsedMs = performance.now() - begunMs
  const { user, system } = process.cpuUsage(before)
  return { count, failures, elapsedMs, cpuShare: (user + system) / 1000 / elapsedMs }
}

async function polls({ url, connections, forMs, headers }: HammerCalls['polls']['argument']): Promise<HammerReport> {
  const before = process.cpuUsage()
  const begunMs = performance.now()
  // Neither a rate nor a correction: with a rate its arithmetic is off by a factor of 1000, and a closed loop has nothing to correct.
  const result = await autocannon({ url, connections, duration: forMs / 1000, headers: { ...headers } })
  const failures = result.errors + result.timeouts + result.non2xx
  return reportOf(result['2xx'], failures, begunMs, before)
}

async function connects(order: HammerCalls['connects']['argument']): Promise<HammerReport> {
  const origin = new URL(order.origin)
  const before = process.cpuUsage()
  const begunMs = performance.now()
  let answered = 0
  let failures = 0
  const lane = async (): Promise<void> => {
    while (performance.now() - begunMs < order.forMs)
      if (await connectOnce(origin, order.request)) answered++
      else failures++
  }
  await Promise.all(Array.from({ length: order.lanes }, lane))
  return reportOf(answered, failures, begunMs, before)
}

serveParent<HammerCalls>({ polls, connects })

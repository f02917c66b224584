// What a run cannot tell: the conclusions that its own conditions do not carry.
import { serversOf } from '../../results/conditions.ts'
import { exactMs, formatCount } from '../../results/figures.ts'
import type { Run } from '../../results/format.ts'
import { MIN_SUBSCRIBERS_FOR_MEMORY } from '../../results/kinds/delivery.ts'
import type { Scenario } from '../../results/scenario.ts'

/** One sentence each. */
export function limitsOf(run: Run, scenario: Scenario): string[] {
  const loads = run.scenarios.filter(({ kind }) => kind === 'delivery')
  const { rttMs, clients, ratePerSecond, tls, balancer } = scenario
  return [
    rttMs > 0
      ? `Real networks: the round trip of ${exactMs(rttMs)} is emulated, without loss and without jitter.`
      : 'Real networks: server and subscribers share one machine, so distance, loss and bandwidth take no part.',
    ...(loads.length < 2
      ? [
          `Other loads: there is one, ${formatCount(clients)} subscribers at ${ratePerSecond} notices/s; costs and order may change with rate and number.`,
        ]
      : []),
    tls || balancer
      ? `HTTP/2: everything here is HTTP/1.1 ${tls ? 'over TLS' : 'in the clear'}${balancer ? ', through a balancer on the same machine' : ', without anything between'}.`
      : 'TLS, HTTP/2 and proxies: everything here is HTTP/1.1 in the clear and without anything between.',
    ...(serversOf(scenario) > 1
      ? [
          'More machines: all servers share this one, so that more of them cost and do not add what they would elsewhere.',
        ]
      : []),
    'Browsers: the subscribers run in Node; what a page costs its own device is not measured.',
    ...(run.roundsDone < 2 ? ['Chance: one round gives no intervals, so no difference here is told from noise.'] : []),
    ...(run.fingerprint.cores < 4
      ? [
          `A server of its own: server, subscribers and publisher share ${run.fingerprint.cores} cores, and latencies include waiting for one.`,
        ]
      : []),
    ...(clients < MIN_SUBSCRIBERS_FOR_MEMORY
      ? [
          `Memory: per subscriber it is shown from ${MIN_SUBSCRIBERS_FOR_MEMORY} subscribers on; below, the garbage collector hides it.`,
        ]
      : []),
    'Kernel memory: RSS does not hold the buffers of sockets.',
  ]
}

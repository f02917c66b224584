// The latency distributions of made-up runs.
import type { Distribution, QuantilePoints } from '../../results/estimate.ts'

/** `expected` notices by a law in ms, of which the latest `infinite` never arrive. */
export function distributionOf(ms: (q: number) => number, expected: number, infinite: number): Distribution {
  const count = expected - infinite
  const at = (q: number) => (q * expected > count ? null : Math.round(ms((q * expected) / count) * 1000))
  return {
    count,
    infinite,
    minUs: at(0),
    meanUs: Math.round(ms(0.5) * 1000),
    sdUs: 100,
    p50Us: at(0.5),
    p90Us: at(0.9),
    p99Us: at(0.99),
    p999Us: at(0.999),
    maxUs: Math.round(ms(1) * 1000),
    // As long as a real one, so that tests see that report.html leaves it out.
    hdr: 'HISTFAAA'.repeat(200),
  }
}

const levels = [
  ...Array.from({ length: 91 }, (_, i) => i / 100),
  ...Array.from({ length: 45 }, (_, i) => 0.9 + (i + 1) * 0.002),
  ...Array.from({ length: 45 }, (_, i) => 0.99 + (i + 1) * 0.0002),
  0.9995,
  0.9999,
  1,
].map(q => Number(q.toFixed(6)))

/** Drawn straight between the kept quantiles of the first part. */
export function pointsOf(parts: readonly (Distribution | null)[]): QuantilePoints | null {
  const known = parts.flatMap(part => part ?? [])
  const first = known[0]
  if (!first) return null
  const knots = [
    [0, first.minUs],
    [0.5, first.p50Us],
    [0.9, first.p90Us],
    [0.99, first.p99Us],
    [0.999, first.p999Us],
    [1, first.infinite > 0 ? null : first.maxUs],
  ] as const
  return levels.map(q => {
    const next = knots.findIndex(([level]) => level >= q)
    const [toQ, to] = knots[next]!
    const [fromQ, from] = knots[Math.max(0, next - 1)]!
    if (to === null || from === null) return [q, null]
    return [q, toQ === fromQ ? to : Math.round(from + ((to - from) * (q - fromQ)) / (toQ - fromQ))]
  })
}

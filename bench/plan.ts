// An experiment's scenarios as a plan, with what was typed for a quick look in place of their own lengths.
import type { Scenario } from '../results/scenario.ts'
import type { Options } from './cli/options.ts'
import type { Plan } from './experiments/experiment.ts'

/**
 * The plan of `scenarios`. Typed --rounds, --window and --warmup, and the smoke preset, win over the scenarios' own; the ids stay, so that
 * claims still find their cells. Without `transports` the plan takes part with all that its scenarios name.
 */
export function planOf(
  options: Options,
  plan: { scenarios: readonly Scenario[]; rounds: number; transports?: readonly string[] },
): Plan {
  const isTyped = (name: string): boolean => options.preset === 'smoke' || options.given.includes(name)
  const scenarios = plan.scenarios.map(scenario => ({
    ...scenario,
    ...(isTyped('rounds') && scenario.rounds !== undefined && { rounds: options.rounds }),
    // What has no window, or needs no warm-up, gets none.
    ...(isTyped('window') && scenario.windowMs > 0 && { windowMs: options.windowMs }),
    ...(isTyped('warmup') && scenario.warmupMs > 0 && { warmupMs: options.warmupMs }),
  }))
  return {
    scenarios,
    transports: plan.transports ?? [...new Set(scenarios.flatMap(({ transports }) => transports ?? []))],
    rounds: isTyped('rounds') ? options.rounds : plan.rounds,
  }
}

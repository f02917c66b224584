// Several experiments in one run: each scenario measured once for all the claims that name it.
import { type Experiment, unionOf } from './experiment.ts'

/** The experiment made of `experiments`: their plans in one, and all their claims. */
export const allOf = (experiments: readonly Experiment[]): Experiment => ({
  question: 'Everything: what do the claims of the field come to on this machine?',
  group: 'all',
  plan: options => unionOf(experiments.map(({ plan }) => plan(options))),
  // One named twice, by itself and by `all`, is judged once.
  claims: [...new Set(experiments.flatMap(({ claims = [] }) => claims))],
})

// What does a real browser do to a stream: with more tabs of one host than it allows connections, and in a tab that nobody looks at?

import { planOf } from '../plan.ts'
import type { Experiment } from './experiment.ts'
import { hidden, hiddenClaims } from './in-browser/hidden-tab.ts'
import { tabClaims, tabScenarios } from './in-browser/six-tabs.ts'

const ROUNDS = 3

export const experiment: Experiment = {
  question: 'What does a browser do to a stream, with eight tabs of one host and in a hidden tab?',
  group: 'browser',
  needs: 'Chromium',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [...tabScenarios, hidden], rounds: ROUNDS }),
  claims: [...tabClaims, ...hiddenClaims],
}

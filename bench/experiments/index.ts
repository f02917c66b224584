// The experiment registry.
import { experiment as delivery } from './delivery.ts'
import type { Experiment } from './experiment.ts'

export const experiments: Record<string, Experiment> = { delivery }

// The schema of a scenario: the parameters of one measurement.
import * as z from 'zod/mini'
import { baseScenario } from './base-scenario.ts'
import { allParameters, kindNames } from './kinds/index.ts'

export const scenario = z.object({ kind: z.enum(kindNames), ...baseScenario, ...allParameters })

export type Scenario = z.infer<typeof scenario>

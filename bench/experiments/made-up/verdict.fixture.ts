// A claim judged on made-up evidence of its experiment's own plan, for tests.
import { clientTransports } from '../../../client/transports/index.ts'
import type { Claim } from '../../../results/format.ts'
import { type Options, parseOptions } from '../../cli/options.ts'
import { experiments } from '../index.ts'
import { type Change, sampleEvidence } from './evidence.fixture.ts'
import { judgeClaim } from './plain.fixture.ts'

/** As where nothing was typed. */
export const sampleOptions: Options = parseOptions(
  [],
  { transports: Object.keys(clientTransports), experiments: ['delivery'] },
  () => 7,
)

/** The claim of that id where the models hold but for `change`. Throws where no experiment has it. */
export function judged(id: string, change?: Change, rounds?: number): Claim {
  for (const [name, { claims = [], plan }] of Object.entries(experiments)) {
    const claim = name === 'all' ? undefined : claims.find(claim => claim.id === id)
    if (claim) return judgeClaim(claim, sampleEvidence(plan(sampleOptions).scenarios, change, rounds))
  }
  throw new Error(`no experiment has the claim ${JSON.stringify(id)}`)
}

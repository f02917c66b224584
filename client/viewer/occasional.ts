// The charts that only some runs have something for: code that many visits do without, fetched when a run needs it.
import { useEffect, useState } from 'preact/hooks'
import { briefFleet } from '../../results/conditions.ts'
import type { Run } from '../../results/format.ts'
import { problem } from './store.ts'

export type Occasional = typeof import('../charts/occasional.ts')

/** Null where the run has nothing for it, undefined until it is there. */
export function useOccasional(run: Run | undefined): Occasional | null | undefined {
  const isWanted = run !== undefined && needs(run)
  const found = useOccasionalIf(isWanted)
  return isWanted ? found : null
}

/** The same whatever the run: for claims, which may be of other runs. */
export function useOccasionalIf(isWanted: boolean): Occasional | undefined {
  const [found, setFound] = useState<Occasional>()
  useEffect(() => {
    if (isWanted && !found)
      import('../charts/occasional.ts').then(setFound, () => {
        problem.value = 'Some charts could not be fetched: is the server still running? Reload the page to try again.'
      })
  }, [isWanted])
  return found
}

/** Several loads, a fleet or a fault, or what is no load of notices at all. */
function needs({ scenarios }: Run): boolean {
  const loads = scenarios.filter(({ kind }) => kind === 'delivery')
  return loads.length !== 1 || loads.some(load => briefFleet(load) !== '')
}

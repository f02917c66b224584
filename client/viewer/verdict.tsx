// The verdict of a run under a load, with its conditions, and whose run it is.
import { conditionsOf } from '../../results/conditions.ts'
import type { Run } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { verdictOf } from '../../results/verdict.ts'
import { lookOf } from '../charts/drawing/style.ts'
import { dayOf } from './names.ts'
import { listed } from './store.ts'

export function Verdict({ run, load }: { run: Run; load: Scenario | undefined }) {
  const { cpu, cores } = run.fingerprint
  return (
    <section aria-label="Verdict">
      {run.name !== undefined && <p class="run-name">{run.name}</p>}
      {listed.value?.isSample && (
        <p class="notice">
          An example that comes with the lab: recorded on {dayOf(run.startedAt)}, {cpu}, {cores} cores. It is not your
          machine; <code>npm run bench</code> measures yours.
        </p>
      )}
      <p class="verdict">{verdictOf(run, { scenarioId: load?.id, label: id => lookOf(id, 'light').label })}</p>
      {load && <p class="hint">{conditionsOf(run, load)}</p>}
    </section>
  )
}

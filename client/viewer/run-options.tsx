// Runs as options of a choice, by what they are for: experiment, day and conditions; the id is in the tooltip.
import { groupsOf, nameOfRun } from './names.ts'
import type { Listed } from './sources.ts'
import { isReport, localKeys } from './store.ts'

export function RunOptions({ served, own }: { served: readonly Listed[]; own: readonly string[] }) {
  return (
    <>
      {own.map(id => (
        <option key={id} value={id}>
          {id} ({isReport.value && id === localKeys.value[0] ? 'this report' : 'from a file'})
        </option>
      ))}
      {groupsOf(served).map(([label, runs]) => (
        <optgroup key={label} label={label}>
          {runs.map(each => (
            <option key={each.id} value={each.id} title={each.id}>
              {nameOfRun(each)}
            </option>
          ))}
        </optgroup>
      ))}
    </>
  )
}

// Two runs side by side: the sentence, or why there is none, and the ratio of each statistic.
import { differencesOf, differenceText, ratioInterval, sentenceOf } from '../../results/compare.ts'
import { isMissing } from '../../results/estimate.ts'
import type { Run } from '../../results/format.ts'
import type { StatisticName } from '../../results/metrics.ts'
import type { Scenario } from '../../results/scenario.ts'
import { lookOf, nameOf } from '../charts/drawing/style.ts'
import { Scroll } from '../scroll.tsx'
import { instantOf } from './names.ts'

const headers = {
  medianMs: 'Median',
  p99Ms: 'p99',
  bytesPerNotice: 'Bytes/notice',
  cpuUsPerNotice: 'CPU/notice',
} satisfies Partial<Record<StatisticName, string>>
const names = Object.keys(headers) as (keyof typeof headers)[]

export function DifferencesView({ run, scenario, before }: { run: Run; scenario: Scenario; before: Run }) {
  const { unlike, notes, other, rows } = differencesOf(before, run, scenario, names)
  const isAlike = unlike.length === 0
  const medians = rows.map(({ transport, ratios }) => ({ transport, ratio: ratios[0]! }))
  return (
    <section aria-labelledby="differences">
      <h2 id="differences" title={before.id}>
        Against {before.name ?? `the run of ${instantOf(before.startedAt)}`}
      </h2>
      {other && isAlike && <p class="verdict">{sentenceOf(medians, id => lookOf(id, 'light').label)}</p>}
      {!other && <p class="notice">The other run has no such load, so there is nothing to compare.</p>}
      {!isAlike && (
        <div class="notice">
          <p>
            <strong>Not like for like</strong>, so there is no verdict. What differs besides the transports:
          </p>
          <ul>
            {unlike.map(difference => (
              <li key={difference}>{difference}</li>
            ))}
          </ul>
        </div>
      )}
      {rows.length > 0 && (
        <Scroll label="Differences">
          <table>
            <thead>
              <tr>
                <th scope="col" class="left">
                  Transport
                </th>
                {names.map(name => (
                  <th key={name} scope="col" class="right">
                    {headers[name]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ transport, ratios }) => (
                <tr key={transport}>
                  <th scope="row" class="left">
                    {nameOf(transport)}
                  </th>
                  {ratios.map((ratio, at) => (
                    <td key={names[at]!} class="right">
                      <span class={isMissing(ratio) ? 'missing' : undefined}>
                        {differenceText(ratio, names[at]!, isAlike)}
                      </span>
                      <span class="below">{ratioInterval(ratio)}</span>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {notes.length > 0 && <p class="hint">{notes.join(' · ')}</p>}
    </section>
  )
}

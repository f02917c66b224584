// Two runs side by side: the sentence, or why there is none, and the ratio of each statistic.
import { ratioText, threeDigits } from '../../results/figures.ts'
import { isMissing, type Run, type Scenario } from '../../results/format.ts'
import { nameOf } from '../charts/parts/style.ts'
import { comparedStatistics, differencesOf } from './differences.ts'
import { Scroll } from './scroll.tsx'

export function DifferencesView({ run, scenario, before }: { run: Run; scenario: Scenario; before: Run }) {
  const { unlike, notes, other, rows, verdict } = differencesOf(run, scenario, before)
  return (
    <section aria-labelledby="differences">
      <h2 id="differences">Against {before.name ?? before.id}</h2>
      {verdict !== undefined && <p class="verdict">{verdict}</p>}
      {!other && <p class="notice">The other run published nothing, so there is nothing to compare.</p>}
      {unlike.length > 0 && (
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
                {comparedStatistics.map(({ name, header }) => (
                  <th key={name} scope="col" class="right">
                    {header}
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
                    <td key={comparedStatistics[at]!.name} class="right">
                      <span class={isMissing(ratio) ? 'missing' : undefined}>
                        {ratioText(ratio, comparedStatistics[at]!.words)}
                      </span>
                      {!isMissing(ratio) && ratio.low !== null && ratio.high !== null && (
                        <span class="below">
                          [{threeDigits(ratio.low)}×, {threeDigits(ratio.high)}×]
                        </span>
                      )}
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

// The comparison table: a row per transport, sorted by any column, against a baseline of choice.
import { costConditions } from '../../results/cost-part.ts'
import type { Run } from '../../results/format.ts'
import { powerText } from '../../results/power.ts'
import type { Scenario } from '../../results/scenario.ts'
import { lookOf, nameOf } from '../charts/drawing/style.ts'
import { Scroll } from '../scroll.tsx'
import { type Column, columnsOf, sorted, withoutAbsent } from './columns.ts'
import { baseline, choose, shown, sortBy, theme, view } from './store.ts'

export function Comparison({ run, scenario }: { run: Run; scenario: Scenario }) {
  const all = columnsOf(run, scenario, baseline.value)
  const cost = costConditions(run, scenario.id)
  const power = powerText(run, scenario.id, nameOf)
  const { sort, order } = view.value
  const measuredRows = run.summary.filter(row => row.scenario === scenario.id && shown.value.includes(row.transport))
  const { columns, absent } = withoutAbsent(all, measuredRows)
  const rows = sorted(
    measuredRows,
    columns.find(({ key }) => key === sort),
    order === 'descending',
  )
  const measured = run.transports.filter(id =>
    run.summary.some(row => row.scenario === scenario.id && row.transport === id),
  )
  return (
    <section aria-labelledby="comparison">
      <h2 id="comparison">Comparison</h2>
      <div class="bar">
        <label>
          Baseline{' '}
          <select
            id="baseline"
            value={view.value.baseline ?? ''}
            onChange={event => choose({ baseline: event.currentTarget.value || undefined })}
          >
            <option value="">the fastest</option>
            {measured.map(id => (
              <option key={id} value={id}>
                {nameOf(id)}
              </option>
            ))}
          </select>
        </label>
        <span class="hint">[from, to] = 95 % interval over rounds</span>
      </div>
      <Scroll label="Comparison table">
        <table class="comparison">
          <thead>
            <tr>
              {columns.map(column => (
                <Header key={column.key} column={column} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <tr key={row.transport}>
                {columns.map(({ key, cell }) => {
                  const { text, below, isVoid } = cell(row)
                  if (key === 'transport') {
                    const { color, glyph } = lookOf(row.transport, theme.value)
                    return (
                      <th key={key} scope="row" class="left">
                        <span class="glyph" aria-hidden="true" style={{ color }}>
                          {glyph}
                        </span>{' '}
                        {text}
                      </th>
                    )
                  }
                  return (
                    <td key={key} class="right">
                      {isVoid ? (
                        <del class="void">{text}</del>
                      ) : (
                        <span class={text.startsWith('n/a') ? 'missing' : undefined}>{text}</span>
                      )}
                      {below && <span class="below">{below}</span>}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {power !== undefined && <p class="hint">{power}</p>}
      {cost !== undefined && <p class="hint">CPU and memory: {cost}</p>}
      {absent.map(({ header, text }) => (
        <p key={header} class="hint">
          {header}: {text}
        </p>
      ))}
    </section>
  )
}

function Header({ column: { key, header, title } }: { column: Column }) {
  const { sort, order } = view.value
  const direction = sort !== key ? 'none' : order === 'descending' ? 'descending' : 'ascending'
  const arrow = { none: '', ascending: ' ↑', descending: ' ↓' }[direction]
  return (
    <th scope="col" aria-sort={direction} class={key === 'transport' ? 'left' : 'right'}>
      <button type="button" class="sort" title={title} onClick={() => sortBy(key)} data-column={key}>
        {header}
        <span aria-hidden="true">{arrow}</span>
      </button>
    </th>
  )
}

// What of a run is looked at: the load, and which transports.
import { namesOfLoads } from '../../results/conditions.ts'
import { lookOf } from '../charts/drawing/style.ts'
import { choose, loads, run, scenario, shown, theme, toggle } from './store.ts'

export function WhichLoad() {
  if (loads.value.length < 2) return null
  const names = namesOfLoads(loads.value)
  return (
    <label>
      Load{' '}
      <select
        id="scenario"
        value={scenario.value?.id}
        onChange={event => choose({ scenario: event.currentTarget.value })}
      >
        {loads.value.map((load, index) => (
          <option key={load.id} value={load.id} title={load.id}>
            {names[index]}
          </option>
        ))}
      </select>
    </label>
  )
}

export function WhichTransports() {
  return (
    <fieldset>
      <legend class="hidden-text">Transports shown</legend>
      {run.value?.transports.map(id => {
        const { label, color, glyph } = lookOf(id, theme.value)
        return (
          <button
            key={id}
            type="button"
            class="chip"
            aria-pressed={shown.value.includes(id)}
            onClick={() => toggle(id)}
            data-transport={id}
          >
            <span class="glyph" aria-hidden="true" style={{ color }}>
              {glyph}
            </span>{' '}
            {label}
          </button>
        )
      })}
    </fieldset>
  )
}

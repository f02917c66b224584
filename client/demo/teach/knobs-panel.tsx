// The knobs: how often something is published, how often polls ask, how far away the server is, how many clients; and the network's cut.
import { useRef, useState } from 'preact/hooks'
import { exactMs } from '../../../results/figures.ts'
import type { Knobs } from '../../../server/demo/wire.ts'
import { ask, CUT_MS, canAct, cutNetwork, latest, publish } from '../store.ts'

/** Steps of a slider: what differs to the eye. */
const steps = {
  ratePerSecond: [0, 0.2, 0.5, 1, 2, 5, 10, 20],
  pollIntervalMs: [250, 500, 1000, 2000, 4000, 8000, 15_000, 30_000],
  clients: [1, 2, 5, 10, 25],
} as const
const roundTrips = [0, 50, 200, 600]

const texts: Readonly<Record<keyof typeof steps, (value: number) => string>> = {
  ratePerSecond: value => (value === 0 ? 'nothing' : value < 1 ? `every ${1 / value} s` : `${value} a second`),
  pollIntervalMs: value => `every ${exactMs(value)}`,
  clients: value => `${value} each`,
}
const labels: Readonly<Record<keyof typeof steps, string>> = {
  ratePerSecond: 'Publish',
  pollIntervalMs: 'Short polls ask',
  clients: 'Clients',
}

const nearest = (all: readonly number[], value: number): number =>
  all.reduce((best, each, index) => (Math.abs(each - value) < Math.abs(all[best]! - value) ? index : best), 0)

const set = (knobs: Partial<Knobs>): Promise<boolean> => ask({ action: 'knobs', ...knobs })

/** An accepted wish stands this long, until the engine says so; then what the engine says stands. */
const SAYING_MS = 1000

/** Settles when the engine has said so, or has had its time. */
async function said(knob: keyof Knobs, value: number): Promise<void> {
  let [timer, stop]: [ReturnType<typeof setTimeout> | undefined, () => void] = [undefined, () => {}]
  await new Promise<void>(resolve => {
    timer = setTimeout(resolve, SAYING_MS)
    stop = latest.subscribe(({ knobs }) => {
      if (knobs[knob] === value) resolve()
    })
  })
  clearTimeout(timer)
  stop()
}

function Slider({ knob }: { knob: keyof typeof steps }) {
  const all = steps[knob]
  const value = latest.value.knobs[knob]
  /** While it is dragged, and until the engine has said what came of it. */
  const [draft, setDraft] = useState<number>()
  const moves = useRef(0)
  const index = draft ?? nearest(all, value)
  const text = texts[knob](draft === undefined ? value : all[draft]!)
  return (
    <label class="slider">
      <span>
        {labels[knob]} <b>{text}</b>
      </span>
      <input
        type="range"
        data-knob={knob}
        min={0}
        max={all.length - 1}
        value={index}
        disabled={!canAct.value}
        aria-valuetext={text}
        onInput={({ currentTarget }) => {
          moves.current++
          setDraft(Number(currentTarget.value))
        }}
        onChange={async ({ currentTarget }) => {
          const move = moves.current
          const wanted = all[Number(currentTarget.value)]!
          if (await set({ [knob]: wanted })) await said(knob, wanted)
          // It may have been moved on meanwhile.
          if (move === moves.current) setDraft(undefined)
        }}
      />
    </label>
  )
}

export function KnobsPanel() {
  const { knobs, isCut } = latest.value
  const isOff = !canAct.value
  return (
    <section class="panel" aria-labelledby="knobs-title">
      <h2 id="knobs-title">Knobs</h2>
      <Slider knob="ratePerSecond" />
      <Slider knob="pollIntervalMs" />
      <Slider knob="clients" />
      <fieldset>
        <legend>Round trip (simulated)</legend>
        {roundTrips.map(rttMs => (
          <label key={rttMs}>
            <input
              type="radio"
              name="rtt"
              value={rttMs}
              checked={knobs.rttMs === rttMs}
              disabled={isOff}
              onChange={() => set({ rttMs })}
            />{' '}
            {exactMs(rttMs)}
          </label>
        ))}
      </fieldset>
      <p class="row">
        <button type="button" disabled={isOff} onClick={() => publish(1)} aria-keyshortcuts="p">
          Publish one
        </button>
        <button type="button" disabled={isOff} onClick={() => publish(20)} aria-keyshortcuts="b">
          Publish 20
        </button>
        <button type="button" disabled={isOff || isCut} onClick={cutNetwork} aria-keyshortcuts="x">
          {isCut ? 'The network is cut' : `Cut the network for ${CUT_MS / 1000} s`}
        </button>
      </p>
    </section>
  )
}

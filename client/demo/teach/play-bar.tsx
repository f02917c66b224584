// The playhead's controls: pause, step, speed, and a slider over everything that is kept, with a mark where each scene of a recording begins.
import { marksOf } from '../course.ts'
import { speeds } from '../playhead.ts'
import { scenes } from '../scenes.ts'
import { speedText } from '../sentences.ts'
import {
  clock,
  goLive,
  head,
  isPlayingLive,
  isReplay,
  jumpTo,
  player,
  resetFigures,
  scrubTo,
  setSpeed,
  stepBy,
  togglePause,
} from '../store.ts'

/** `1:07.3`; of a live log: how far behind its newest moment. */
const timeText = (ms: number): string => {
  const tenths = Math.round(Math.abs(ms) / 100)
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, '0')
  return `${Math.floor(tenths / 600)}:${seconds}`
}

export function PlayBar() {
  const { mode, speed } = head.value
  const { atMs, firstMs, lastMs } = clock.value
  const isLive = isPlayingLive.value
  const at = isLive
    ? `${timeText(lastMs - atMs)} behind`
    : `${timeText(atMs - firstMs)} of ${timeText(lastMs - firstMs)}`
  return (
    <section class="play-bar" aria-label="Playhead">
      <button type="button" onClick={togglePause} aria-keyshortcuts="k" class="wide">
        {mode === 'paused' ? 'Play' : 'Pause'}
      </button>
      <button type="button" onClick={() => stepBy(-1)} aria-keyshortcuts="j" aria-label="Step back">
        ◂ Step
      </button>
      <button type="button" onClick={() => stepBy(1)} aria-keyshortcuts="l" aria-label="Step forward">
        Step ▸
      </button>
      <label>
        Speed{' '}
        <select value={String(speed)} onChange={({ currentTarget }) => setSpeed(Number(currentTarget.value))}>
          {speeds.map(each => (
            <option key={each} value={String(each)}>
              {speedText(each)}
            </option>
          ))}
        </select>
      </label>
      <div class="scrub">
        <input
          type="range"
          aria-label="Moment"
          min={Math.floor(firstMs)}
          max={Math.ceil(lastMs)}
          step="any"
          value={atMs}
          aria-valuetext={at}
          onInput={({ currentTarget }) => scrubTo(Number(currentTarget.value))}
          // A range's own steps would be as fine as its numbers are.
          onKeyDown={event => {
            const by = { ArrowLeft: -500, ArrowDown: -500, ArrowRight: 500, ArrowUp: 500 }[event.key]
            if (by === undefined) return
            event.preventDefault()
            scrubTo(player.head.atMs + by)
          }}
        />
        {isReplay.value && <Marks firstMs={firstMs} lastMs={lastMs} />}
      </div>
      <output class="moment">{at}</output>
      {isLive && (
        <button type="button" onClick={goLive} disabled={mode === 'live'} aria-keyshortcuts="e">
          To now
        </button>
      )}
      <button type="button" onClick={() => resetFigures()} aria-keyshortcuts="r">
        Count from here
      </button>
    </section>
  )
}

/** For whoever points; by keyboard the buttons of the scenes do the same. */
function Marks({ firstMs, lastMs }: { firstMs: number; lastMs: number }) {
  return (
    <div class="marks" aria-hidden="true">
      {marksOf(player.log).map(({ scene, atMs }) => (
        <button
          key={atMs}
          type="button"
          tabIndex={-1}
          title={scene.title}
          data-scene={scene.id}
          style={{ left: `${(100 * (atMs - firstMs)) / (lastMs - firstMs)}%` }}
          onClick={() => jumpTo(atMs)}
        >
          {scenes.indexOf(scene) + 1}
        </button>
      ))}
    </div>
  )
}

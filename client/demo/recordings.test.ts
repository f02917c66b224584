// The class that comes with the lab: what the pages play where nothing is live, scene by scene.
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { clientTransports } from '../transports/index.ts'
import { anatomyOf } from './bytes/anatomy.ts'
import { findBytes } from './bytes/finding.ts'
import { createLog } from './log.ts'
import { parseRecording } from './recording.ts'
import { revealed } from './reveal.ts'
import { type Scene, scenes } from './scenes.ts'

const text = await readFile(new URL('./recordings/class.ndjson', import.meta.url), 'utf8')
const events = parseRecording(text, 'class.ndjson')
const log = createLog(Number.POSITIVE_INFINITY)
log.add(events)

describe('the recorded class', () => {
  it('is small, has every lane, and nothing in it was lost', () => {
    // The bytes of its lines take up to 60 kB of it.
    expect(text.length).toBeLessThanOrEqual(460_000)
    expect(events[0]).toMatchObject({ kind: 'start', t: 0, lanes: Object.keys(clientTransports) })
    for (const count of Object.values(log.all('counts').at(-1)!.lanes))
      expect(count).toMatchObject({ missed: 0, faulty: 0 })
  })

  it('goes through all scenes, each asked, run and revealed', () => {
    const phases = log.all('scene').map(({ scene, phase, part = 0 }) => `${scene} ${phase}${part > 0 ? ' on' : ''}`)
    const parts = ({ steps }: Scene) => steps.filter(({ act }) => act.action === 'knobs').map(() => 'run on')
    expect(phases).toEqual([
      ...scenes.flatMap(scene => ['ask', 'run', ...parts(scene), 'reveal'].map(phase => `${scene.id} ${phase}`)),
      `${scenes.at(-1)!.id} over`,
    ])
  })

  it('has bytes for each of its lines, its own or those of one like it, and every lane’s can be read', async () => {
    const never = new AbortController().signal
    const own = new Set<string>()
    for (const event of log.events) {
      if (event.kind !== 'transit' || event.client !== 0) continue
      const { bytes, left, ofMs } = await findBytes(event, log, false, never)
      if (ofMs === undefined) {
        expect(bytes.length + left).toBe(event.bytes)
        own.add(event.lane)
      }
      const { messages } = anatomyOf(event, bytes)
      const rows = messages.flatMap(({ rows }) => rows)
      expect(rows.reduce((sum, row) => sum + row.bytes, 0)).toBe(bytes.length)
      // Of a burst's long answer the end may be missing.
      if (left === 0) expect(rows.filter(({ name }) => /cannot be read|no end yet/.test(name))).toEqual([])
      if (event.seqs && event.direction === 'down') expect(rows.some(({ role }) => role === 'body')).toBe(true)
    }
    expect([...own].sort()).toEqual(Object.keys(clientTransports).sort())
  })

  /** What the class would have had to predict, in the words of the choices. */
  const outcomes: Record<string, readonly string[]> = {
    'quiet-inbox': ['short-polling'],
    'one-notice': ['short-polling'],
    'burst-of-20': ['2 to 9'],
    'far-away': ['long-polling'],
    'whole-class': ['short-polling'],
    'cut-the-network': ['Nobody'],
    'on-the-wire': ['long-polling'],
  }
  it.each(scenes.map(scene => [scene.id, scene] as const))('shows the point of %s', (id, scene) => {
    const reveal = log.all('scene').find(each => each.scene === id && each.phase === 'reveal')!
    const names = scene.choices === 'transports' ? Object.keys(clientTransports) : scene.choices
    expect(revealed(scene, log, reveal.t + 1000).right.map(choice => names[choice])).toEqual(outcomes[id])
  })
})

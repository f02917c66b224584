// The teacher's notes rest on what the lab has: claims of committed runs with their verdicts, and figures of runs and models.
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { formatBytes } from '../../../results/figures.ts'
import { parseRun } from '../../../results/format.ts'
import { shortPollingCycleMs, shortPollingLatency } from '../../../results/model.ts'
import { sceneOf, scenes } from '../scenes.ts'
import { notes } from './notes.ts'

const samples = new URL('../../../results/samples/', import.meta.url)
const runs = await Promise.all(
  (await readdir(samples)).map(async name =>
    parseRun(JSON.parse(await readFile(new URL(`${name}/run.json`, samples), 'utf8'))),
  ),
)
const claims = new Map(runs.flatMap(run => (run.claims ?? []).map(claim => [claim.id, claim] as const)))

describe('the notes', () => {
  it('are one for each scene, with a point, words and a claim', () => {
    expect(Object.keys(notes)).toEqual(scenes.map(({ id }) => id))
    for (const { point, say, claims } of Object.values(notes)) {
      for (const text of [point, say]) expect(text).toMatch(/[^.]\.$/)
      expect(claims.length).toBeGreaterThan(0)
    }
  })

  it.each(Object.values(notes).flatMap(({ claims }) => claims.map(rest => [rest.id, rest] as const)))(
    'cite %s as the committed run has it',
    (id, { claim, verdict }) => expect(claims.get(id)).toMatchObject({ claim, verdict }),
  )

  it('have the bytes of a quiet subscriber as they were measured', () => {
    const delivery = runs.find(({ experiment, id }) => experiment === 'delivery' && id.endsWith('-delivery'))!
    expect(delivery.scenarios[0]!.pollIntervalMs).toBe(sceneOf('quiet-inbox')!.knobs.pollIntervalMs)
    const idle = delivery.summary.flatMap(({ scenario, statistics: { idleBytesPerMinute: bytes } }) =>
      scenario === 'idle' && bytes && 'value' in bytes ? bytes.value : [],
    )
    expect(idle).toHaveLength(delivery.transports.length)
    for (const bytes of idle) expect(notes['quiet-inbox']!.say).toContain(formatBytes(bytes))
  })

  it('have the means of one notice as the model has them', () => {
    const { pollIntervalMs, rttMs } = sceneOf('one-notice')!.knobs
    const cycleMs = shortPollingCycleMs({ intervalMs: pollIntervalMs, rttMs, pollTimer: 'fixed-rate' })
    const { meanMs } = shortPollingLatency({ cycleMs, downMs: rttMs / 2 })
    expect(notes['one-notice']!.point).toContain(`here ${(meanMs - rttMs / 2) / 1000} s`)
    expect(notes['one-notice']!.point).toContain(`here ${rttMs / 2} ms`)
    const [mean] = claims.get('half-interval-poll')!.points
    expect(notes['one-notice']!.say).toContain(
      `the mean was ${mean!.measured!.value.toFixed(0)} ms, not ${mean!.claimed!.toFixed(0)}`,
    )
  })

  it('have the requests of a class as clients, time and notices make them', () => {
    const { knobs, lastsMs, steps } = sceneOf('whole-class')!
    const polls = (knobs.clients * lastsMs) / knobs.pollIntervalMs
    expect(notes['whole-class']!.point).toContain(`${polls} short polls, ${knobs.clients * steps.length} long ones`)
    const [rare, frequent] = claims.get('fewer-requests')!.points
    for (const { measured } of [rare!, frequent!])
      expect(notes['whole-class']!.say).toContain(`${measured!.value.toFixed(2)}`)
  })

  it('have the bytes of a notice as they were measured, and how many come in an interval', () => {
    const { knobs, steps } = sceneOf('on-the-wire')!
    const everyMs = steps[1]!.atMs - steps[0]!.atMs
    const { point, say } = notes['on-the-wire']!
    expect(point).toContain(`is ${knobs.pollIntervalMs / everyMs}.`)
    const [rare, push, frequent, again] = [
      'short-polling, λT = 1',
      'websocket, λT = 1',
      'short-polling, λT = 12',
      'websocket, λT = 12',
    ].map(label => Math.round(claims.get('rate')!.points.find(point => point.label === label)!.measured!.value))
    expect(again).toBe(push)
    expect(say.replaceAll(',', '')).toContain(`measured at ${rare} B a notice`)
    expect(say).toContain(`at ${frequent} B where twelve do; WebSocket at ${push} B`)
  })
})

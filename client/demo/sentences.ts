// What the lanes show, in words: one sentence for each lane, and one for each event.

import { exactMs, formatBytes, formatCount, formatMs } from '../../results/figures.ts'
import type { DemoEvent, Phase } from '../../server/demo/wire.ts'
import { lookOf } from '../charts/drawing/style.ts'
import type { Figures, Present } from './present.ts'
import { type Scene, sceneOf } from './scenes.ts'
import type { LaneTraces, Span } from './traces.ts'

const some = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`

/** `RTT 200 ms (simulated)`: never one without the other. */
export const rttText = (rttMs: number): string => `RTT ${exactMs(rttMs)} (simulated)`

/** `1/20`, `1`. */
export const speedText = (speed: number): string => (speed === 1 ? '1' : `1/${Math.round(1 / speed)}`)

/** `The reveal waits until everybody is back.` */
export const waitText = ({ until }: Pick<Scene, 'until'>): string => `The reveal waits until ${until}.`

export const delayText = (delay: number | null): string => (delay === null ? '–' : formatMs(delay))

const isAt = (spans: readonly Span[], atMs: number): boolean => spans.some(({ from, to }) => from <= atMs && to > atMs)

/** What a lane did and does at the playhead. */
export function laneSentence(
  lane: string,
  figures: Figures | undefined,
  traces: LaneTraces | undefined,
  atMs: number,
): string {
  const { label } = lookOf(lane, 'light')
  const words = figures
    ? [
        some(figures.requests, 'request'),
        formatBytes(figures.bytes),
        `${some(figures.open, 'connection')} open`,
        figures.delay === null ? 'nothing delivered' : `delivered after ${formatMs(figures.delay)} on average`,
        `${formatCount(figures.lost)} lost`,
      ]
    : ['no figures yet']
  if (traces) {
    if (isAt(traces.holds, atMs)) words.push('a request is held at the server')
    if (isAt(traces.bands, atMs)) words.push('a stream is open')
    words.push(isAt(traces.stales, atMs) ? 'the client is out of date' : 'the client is up to date')
  }
  return `${label}: ${words.join(', ')}.`
}

export const lanesSentence = (present: Present, lanes: Readonly<Record<string, LaneTraces>>, atMs: number): string =>
  present.lanes.length === 0
    ? 'Nothing has happened yet.'
    : present.lanes.map(lane => laneSentence(lane, present.figures[lane], lanes[lane], atMs)).join(' ')

const seqsText = ([first, last]: readonly [number, number]): string =>
  first === last ? `notice ${first}` : `notices ${first} to ${last}`

const whatTexts: Readonly<Record<string, string>> = {
  request: 'request',
  answer: 'answer',
  head: 'beginning of a stream',
  message: 'message',
  heartbeat: 'sign of life',
  close: 'close',
  part: 'rest of a message',
}

const phaseTexts = {
  ask: 'the question',
  run: 'it happens',
  reveal: 'the reveal',
  over: 'over',
} as const satisfies Record<Phase, string>

/** `scene “Far away”`; one that this page does not know by its id. */
const titleOf = (id: string): string => `scene “${sceneOf(id)?.title ?? id}”`

/** An event in words, or undefined where the lanes do not show it. */
export function eventText(event: DemoEvent): string | undefined {
  switch (event.kind) {
    case 'publish':
      return `${seqsText([event.seq, event.seq + event.count - 1])} published`
    case 'connect':
      return `connects, takes ${formatMs(event.to - event.t)}`
    case 'disconnect':
      return event.by === 'cut' ? 'connection lost: the network is cut' : `connection closed by the ${event.by}`
    case 'transit': {
      const { what, direction, bytes, seqs, isEmpty } = event
      const content = seqs && direction === 'down' ? ` with ${seqsText(seqs)}` : isEmpty ? ', empty' : ''
      return `${whatTexts[what] ?? what}${content}, ${formatBytes(bytes)}, ${direction === 'up' ? 'to the server' : 'to the client'}, takes ${formatMs(event.to - event.t)}`
    }
    case 'deliver':
      return `notice ${event.seq} is there, after ${formatMs(event.delayMs)}`
    case 'missed':
      return `${some(event.count, 'notice')} lost`
    case 'cut':
      return 'the network is cut'
    case 'heal':
      return 'the network is back'
    case 'scene':
      return `${titleOf(event.scene)}: ${phaseTexts[event.phase]}${event.part ? `, part ${event.part + 1}` : ''}`
    case 'waiting':
      return `${titleOf(event.scene)}: the reveal waits`
    case 'knobs':
      return `${rttText(event.rttMs)}, ${event.ratePerSecond} notices a second, polls every ${exactMs(event.pollIntervalMs)}, ${some(event.clients, 'client')} a lane`
    default:
      return undefined
  }
}

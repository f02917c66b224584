// The lesson of the teacher's manual: its commands are the bench's own, and its figures come from scenes, models and committed runs.
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { bytesByNeed, headsOf } from '../../client/anatomy/headers.ts'
import { type Reading, readingOf } from '../../client/anatomy/reading.ts'
import { loadRecording } from '../../client/anatomy/recorded.ts'
import { type Sizes, sharesOf, sizesOf } from '../../client/anatomy/shares.ts'
import { sightsOf } from '../../client/anatomy/words.ts'
import { acceptOf } from '../../client/codecs/accept.ts'
import { parseRecording } from '../../client/demo/recording.ts'
import { sceneOf, scenes } from '../../client/demo/scenes.ts'
import { clientTransports } from '../../client/transports/index.ts'
import { formatBytes, threeDigits } from '../../results/figures.ts'
import { parseRun, type Run } from '../../results/format.ts'
import { periodicLongPollingLatency, shortPollingLatency } from '../../results/model.ts'
import { tlsOverheadBytes } from '../../results/model-bytes.ts'
import { parseOptions } from '../cli/options.ts'
import { tourMs } from '../demo/tour.ts'
import { experiments } from '../experiments/index.ts'

const page = await readFile(new URL('../../client/demo/README.md', import.meta.url), 'utf8')
const runOf = async (name: string): Promise<Run> =>
  parseRun(
    JSON.parse(await readFile(new URL(`../../results/samples/${name}/run.json`, import.meta.url), 'utf8')) as unknown,
  )
const [delivery, claims] = await Promise.all(['delivery', 'claims-2026-11-23'].map(runOf))

/** Bytes of a poll that brought nothing, both ways, as the recorded class has it. */
const recorded = parseRecording(
  await readFile(new URL('../../client/demo/recordings/class.ndjson', import.meta.url), 'utf8'),
  'class.ndjson',
)
const pollOf = (lane: string): number => {
  const own = recorded
    .filter(event => event.kind === 'transit')
    .filter(event => event.lane === lane && event.client === 0)
  const request = own.findLast(({ what }) => what === 'request')
  const answer = own.findLast(({ isEmpty }) => isEmpty)
  return request!.bytes + answer!.bytes
}

/** The row of the lesson that shows something, or the line of a question. */
function lineWith(words: string): string {
  const lines = page.split('\n').filter(line => line.includes(words))
  expect(lines, words).toHaveLength(1)
  return lines[0]!
}

const value = (run: Run, scenario: string, transport: string, statistic: string): number => {
  const row = run.summary.find(each => each.scenario === scenario && each.transport === transport)
  const found = row?.statistics[statistic as keyof typeof row.statistics]
  if (!found || 'missing' in found) throw new Error(`${run.id} has no ${statistic} of ${transport} under ${scenario}`)
  return found.value
}
const measured = (claim: string, label: RegExp): number =>
  claims!.claims!.find(({ id }) => id === claim)!.points.find(point => label.test(point.label))!.measured!.value

describe('the lesson', () => {
  const commands = [...page.matchAll(/npm run bench -- ([^`#\n]+)/g)].map(([, words]) => words!.trim())
  it('has commands for the bench', () => expect(commands.length).toBeGreaterThan(8))

  it.each(commands)('has a command that the bench takes: %s', words => {
    const known = {
      transports: Object.keys(clientTransports),
      experiments: Object.keys(experiments),
      shortNames: { ws: 'websocket', sio: 'socket-io' },
    }
    const { experiment } = parseOptions(words.split(' '), known, () => 7)
    expect(Object.keys(experiments)).toContain(experiment)
  })

  it('has a row for each scene, in the lesson and on the sheet for students', () => {
    for (const { title } of scenes) {
      expect(page, title).toMatch(new RegExp(`^\\| \\d+ to \\d+ \\| ${title}\\b`, 'm'))
      expect(page, title).toMatch(new RegExp(`^\\| ${title} \\| +\\|`, 'm'))
    }
  })

  it('says how long scenes and tour take', () => {
    const lastMs = scenes.reduce((sum, { lastsMs }) => sum + lastsMs, 0)
    expect(page).toContain(`${Math.round(lastMs / 1000)} s without the talk`)
    expect(page).toContain(`makes another one in ${Math.round(tourMs / 1000)} s`)
  })

  it('has figures of the scenes as the models have them', () => {
    const seconds = (ms: number): string => threeDigits(Number((ms / 1000).toFixed(1)))
    const one = sceneOf('one-notice')!.knobs
    const law = shortPollingLatency({ cycleMs: one.pollIntervalMs, downMs: one.rttMs / 2 })
    const row = lineWith('| One notice | Who')
    for (const ms of [law.meanMs, law.quantileMs(0), law.maxMs]) expect(row).toContain(`${Number(seconds(ms))}`)

    const { knobs } = sceneOf('far-away')!
    const far = lineWith('| Far away | Who')
    const poll = [0, 300].map(downMs => shortPollingLatency({ cycleMs: knobs.pollIntervalMs, downMs }).meanMs)
    expect(far).toContain(`short polling ${poll.map(ms => (ms / 1000).toFixed(1)).join(' → ')} s`)
    const { meanMs, maxMs } = periodicLongPollingLatency({ periodMs: 100, gapMs: 600, downMs: 300 })
    // A notice every 100 ms is at least so much short of a gap at random.
    const [, said] = /long polling 0 → about ([\d.]+) s/.exec(far)!
    expect(Number(said) * 1000).toBeLessThanOrEqual(meanMs)
    expect(Number(said) * 1000).toBeGreaterThanOrEqual(meanMs - 50)
    expect(maxMs / 300).toBe(3)

    const crowd = sceneOf('whole-class')!
    const requests = (crowd.knobs.clients * crowd.lastsMs) / crowd.knobs.pollIntervalMs
    expect(lineWith('| The whole class | Who')).toContain(`${requests} short polls, ${crowd.knobs.clients * 2} long`)
    const wire = sceneOf('on-the-wire')!
    const notices = wire.steps.length
    const noticeBytes = Number(/about (\d+) bytes/.exec(wire.question)![1])
    const pollBytes = pollOf('short-polling')
    /** With so many polls while the scene lasts. */
    const each = (pollIntervalMs: number) => (pollBytes * wire.lastsMs) / pollIntervalMs / notices + noticeBytes
    const round = (bytes: number) => formatBytes(Number(bytes.toPrecision(2)))
    expect(lineWith('| On the wire; then')).toContain(
      `long polling, about ${round(pollBytes + noticeBytes)}; short polling about ${round(each(wire.knobs.pollIntervalMs))}, and then ${round(each(500))}`,
    )
    const quiet = sceneOf('quiet-inbox')!
    const bytes = (value(delivery!, 'idle', 'short-polling', 'idleBytesPerMinute') * quiet.lastsMs) / 60_000
    expect(lineWith('| Quiet inbox | Who')).toContain(`${formatBytes(bytes)} in 15 s`)
  })

  it('has figures of committed runs as they were measured', () => {
    const of = (transport: string, statistic: string) => value(delivery!, 'delivery', transport, statistic)
    const median = (transport: string) => threeDigits(of(transport, 'medianMs'))
    expect(lineWith('_Which is fastest?_')).toContain(
      `medians of ${median('sse')} and ${median('websocket')} ms at ${delivery!.scenarios[0]!.clients} subscribers`,
    )
    expect(lineWith('_Which is fastest?_')).toContain(`${median('short-polling')} ms`)
    for (const transport of delivery!.transports)
      expect(lineWith('_Which is cheapest')).toContain(
        formatBytes(value(delivery!, 'idle', transport, 'idleBytesPerMinute')),
      )
    const perNotice = ['short-polling', 'long-polling'].map(name => Math.round(of(name, 'bytesPerNotice')))
    expect(page).toContain(`${perNotice.join(' against ')} B a notice at ten in an interval`)
    expect(page).toContain(`sent ${measured('fewer-requests', /= 2$/).toFixed(2)} for one`)
    expect(page).toContain(`${measured('fewer-requests', /= 0\.4$/).toFixed(2)} at 0.4`)
    expect(page).toContain(`${threeDigits(measured('rtt', /^long.*100/))} ms in the mean at ten notices`)
    const apart = ['websocket', 'short-polling', 'long-polling'].map(name =>
      threeDigits(value(claims!, 'n20-r10-rtt100-win8000-strata', name, 'medianMs')),
    )
    expect(page).toContain(`${apart[0]}, ${apart[1]} and ${apart[2]} ms in the run`)
    const rate = (label: RegExp) => String(Math.round(measured('rate', label)))
    expect(page.replaceAll(',', '')).toContain(
      `${rate(/^short.* 1$/)} B against ${rate(/^web.* 1$/)} B at twelve ${rate(/^short.* 12$/)} against ${rate(/^web.* 12$/)}`,
    )
    const [mean] = claims!.claims!.find(({ id }) => id === 'half-interval-poll')!.points
    expect(page).toContain(
      `measured ${[mean!.measured!.value, mean!.claimed!, mean!.predicted!]
        .map(ms => ms.toFixed(0))
        .join(' ms where the formulas say ')
        .replace(/ms where the formulas say (\d+)$/, 'and $1')}`,
    )
    expect(claims!.claims!.find(({ id }) => id === 'always-fewer-bytes')!.why).toContain('λT = 8.9')
  })
})

describe('the exercises with the bytes', async () => {
  const readings: Record<string, Reading> = {}
  const sizes: Record<string, Sizes> = {}
  for (const name of Object.keys(clientTransports)) {
    readings[name] = readingOf(await loadRecording(name))
    sizes[name] = sizesOf(readings[name])!
  }
  const whole = (bytes: number): string => `${Math.round(bytes)}`

  it('name what there is to open', () => {
    for (const label of ['handshake', 'upstream', 'several in one read'])
      expect(sightsOf(readings.websocket!).map(each => each.label)).toContain(label)
    for (const reading of Object.values(readings))
      expect(sightsOf(reading).map(({ label }) => label)).toContain('a notice')
  })

  it('have the sizes of the recorded examples', () => {
    const heads = headsOf(readings.websocket!)
    const { needed } = bytesByNeed(heads[0]!, heads)
    expect(lineWith('| 1 | WebSocket, _handshake_')).toContain(`${needed} of ${heads[0]!.head.to} B:`)
    const around = (name: string): string => whole(sizes[name]!.pushed!.framingBytes)
    const poll = (name: string): string => {
      const { requestBytes, headBytes, envelopeBytes } = sizes[name]!.polled!
      return whole(requestBytes + headBytes + envelopeBytes)
    }
    expect(lineWith('| 4 | _a notice_')).toContain(
      `WebSocket ${around('websocket')} B, Socket.IO ${around('socket-io')} B, SSE ${around('sse')} B, and a whole poll of ${poll('short-polling')} or ${poll('long-polling')} B`,
    )
    expect(lineWith('| 7 | Under TLS')).toContain(`${tlsOverheadBytes({ writeBytes: 1 })} B longer`)
  })

  it('have the answer of the standard', () => {
    const { joined, accept } = acceptOf('dGhlIHNhbXBsZSBub25jZQ==')
    const line = lineWith("_The standard's_ key")
    expect(line).toContain(`printf %s ${joined} `)
    expect(line).toContain(`\`${accept}\``)
  })

  it('say from where on polls on a timer are cheaper', () => {
    const total = (name: string, noticesPerInterval: number): number => {
      const { isTimed } = clientTransports[name as keyof typeof clientTransports] as { isTimed?: true }
      const shares = sharesOf(sizes[name]!, isTimed === true, { noticesPerInterval, intervalMs: 1000 })
      return Object.values(shares).reduce((sum, bytes) => sum + bytes, 0)
    }
    expect(lineWith('| 6 | Side by side')).toContain('about one notice in an interval on; never')
    expect(total('short-polling', 0.8)).toBeGreaterThan(total('long-polling', 0.8))
    expect(total('short-polling', 1.2)).toBeLessThan(total('long-polling', 1.2))
    for (const often of [0.1, 1, 10, 31])
      expect(total('short-polling', often)).toBeGreaterThan(total('websocket', often))
  })
})

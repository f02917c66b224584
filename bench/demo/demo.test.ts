// The demo as a teacher meets it: the real program, what it prints, serves, records and leaves behind.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createLog } from '../../client/demo/log.ts'
import { parseRecording } from '../../client/demo/recording.ts'
import { revealed } from '../../client/demo/reveal.ts'
import { sceneOf, scenes } from '../../client/demo/scenes.ts'
import { clientTransports } from '../../client/transports/index.ts'
import { phonePaths } from '../../server/demo/phone-wire.ts'
import { type Action, type DemoEvent, demoPaths, type Phase, type Telemetry } from '../../server/demo/wire.ts'
import { exitCodes } from '../cli/exit.ts'
import { freePorts } from '../fleet/program.ts'
import type { Engine } from './engine.ts'
import { openRecorder } from './recorder.ts'
import { tour, tourMs } from './tour.ts'

const program = fileURLToPath(new URL('../../dist/bench/demo.js', import.meta.url))
const lanes = Object.keys(clientTransports)
const patience = { timeout: 10_000, interval: 25 }
let folder: string
const cleanups: (() => unknown)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-demo-cli-test-'))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await rm(folder, { recursive: true, force: true })
})

/** Runs it with temporary files of its own: they can be seen to be gone. */
function start(...args: string[]) {
  const temporary = join(folder, 'tmp')
  execFileSync('mkdir', ['-p', temporary])
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, NO_COLOR: '1', TMPDIR: temporary },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }))
  cleanups.push(async () => {
    child.kill('SIGINT')
    await ended
  })
  const said = async (pattern: RegExp): Promise<string> => {
    await expect.poll(() => pattern.exec(stdout)?.[0] ?? `${stdout}${stderr}`, patience).toMatch(pattern)
    return pattern.exec(stdout)![0]
  }
  return {
    pid: child.pid!,
    temporary,
    ended,
    said,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    /** Nobody reads what it prints any more. */
    closeOutput: () => void child.stdout.destroy(),
    /** Its teacher's address, once it is up. */
    async up() {
      const url = new URL(await said(/http:\S+#token=\S+/))
      await said(/Ctrl-C ends it/)
      return { origin: url.origin, token: url.hash.slice('#token='.length) }
    },
  }
}

/** The engine in this process, and all that it told. */
async function startOwnEngine(): Promise<{ engine: Engine; told: DemoEvent[] }> {
  const { startEngine } = (await import(
    new URL('../../dist/bench/demo/engine.js', import.meta.url).href
  )) as typeof import('./engine.ts')
  const told: DemoEvent[] = []
  const engine = await startEngine({
    host: '127.0.0.1',
    port: 0,
    origins: port => [`http://127.0.0.1:${port}`],
    seed: 7,
    onEvents: events => told.push(...events),
  })
  cleanups.push(engine.end)
  return { engine, told }
}

const childrenOf = (pid: number): number[] => {
  try {
    return execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map(Number)
  } catch {
    return []
  }
}
const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const json = async (url: string, init?: RequestInit) => {
  const response = await fetch(url, init)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const asks = (action: Action, token: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  body: JSON.stringify(action),
})

/** What pages are told, from the log's beginning; `onTold` hears of each frame. */
async function listen(origin: string, onTold?: (told: Telemetry) => void): Promise<DemoEvent[]> {
  const events: DemoEvent[] = []
  const socket = new WebSocket(`${origin.replace('http', 'ws')}${demoPaths.telemetry}`)
  socket.on('error', () => {})
  socket.on('message', data => {
    const told = JSON.parse(String(data)) as Telemetry
    events.push(...told.events)
    onTold?.(told)
  })
  cleanups.push(() => socket.terminate())
  await once(socket, 'open')
  return events
}

describe('its words', () => {
  test('are explained, and what they do not know gets a suggestion', async () => {
    const help = start('--help')
    expect(await help.ended).toMatchObject({ code: exitCodes.ok, stderr: '' })
    const wrong: [args: string[], says: RegExp][] = [
      [['--replya', 'x'], /unknown option "--replya": did you mean "--replay"\?/],
      [['--port', '0'], /--port must be a whole number from 1 to 65535, got "0"/],
      [['--seed', 'x'], /--seed must be a whole number .*got "x"/],
      [['class.ndjson'], /takes options only, got "class.ndjson"/],
      [['--replay', 'x', '--tour'], /--tour must not stand beside it/],
      [['--replay', join(folder, 'none')], /--replay must name a file that can be read, got ".*none" \(ENOENT\)/],
    ]
    for (const { code, stderr, says } of await Promise.all(
      wrong.map(async ([args, says]) => ({ ...(await start(...args).ended), says })),
    )) {
      expect(stderr).toMatch(says)
      expect(code).toBe(exitCodes.usage)
    }
  })
})

describe('a live demo', () => {
  test('is up at once with traffic on every lane, and leaves nothing when it is interrupted', async () => {
    const demo = start('--seed', '7')
    const { origin } = await demo.up()
    for (const path of [demoPaths.index, demoPaths.stage, demoPaths.teach, demoPaths.tabs])
      expect((await fetch(origin + path)).status, path).toBe(200)
    expect((await json(origin + demoPaths.state)).body).toMatchObject({ isLive: true, phones: 0, joinUrls: [] })
    expect(await demo.said(/[\s\S]*Ctrl-C/)).toMatch(/^phones +none: .*npm run demo -- --lan/m)
    expect(await demo.said(/[\s\S]*Ctrl-C/)).not.toMatch(/█/)
    const events = await listen(origin)
    const drawn = () => new Set(events.flatMap(event => (event.kind === 'deliver' ? event.lane : [])))
    await expect.poll(() => [...drawn()].sort(), patience).toEqual([...lanes].sort())
    expect(events[0]).toMatchObject({ kind: 'start', lanes })
    const children = childrenOf(demo.pid)
    expect(children).toHaveLength(2)
    demo.signal('SIGINT')
    expect(await demo.ended).toMatchObject({ code: exitCodes.ok, stderr: '' })
    expect(children.filter(isThere)).toEqual([])
    expect(await readdir(demo.temporary)).toEqual([])
    await expect(fetch(origin)).rejects.toThrow()
  })

  test('takes the next port where its own is taken, and says so', async () => {
    const [port] = await freePorts(1)
    await start('--port', String(port)).up()
    const second = start('--port', String(port))
    const { origin } = await second.up()
    const other = Number(new URL(origin).port)
    expect(other).toBeGreaterThan(port!)
    await second.said(new RegExp(`port ${port} is taken, using ${other}`))
  })

  test('lets nobody publish but its teacher', async () => {
    const { origin, token } = await start().up()
    const publish = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"body":1}' }
    expect((await json(`${origin}/api/notices`, publish)).status).toBe(401)
    expect((await json(origin + demoPaths.act, asks({ action: 'publish', count: 1 }, 'guess'))).status).toBe(401)
    expect((await fetch(origin + demoPaths.act, asks({ action: 'publish', count: 3 }, token))).status).toBe(204)
    const events = await listen(origin)
    await expect.poll(() => events.some(event => event.kind === 'publish' && event.count === 3), patience).toBe(true)
  })

  test('tells the bytes of each line to whoever looks on, and of one that is not there that they are gone', async () => {
    const { origin } = await start().up()
    const events = await listen(origin)
    const transits = () => events.filter(event => event.kind === 'transit')
    for (const lane of lanes)
      for (const direction of ['up', 'down'])
        await expect
          .poll(() => transits().some(each => each.lane === lane && each.direction === direction), patience)
          .toBe(true)
    for (const { piece, bytes, what } of transits().slice(0, 40)) {
      const told = await json(`${origin}${demoPaths.bytes}?piece=${piece}`)
      expect(told).toMatchObject({ status: 200, body: { piece } })
      const raw = Buffer.from(told.body.bytes as string, 'base64')
      expect(raw).toHaveLength(bytes)
      if (what === 'request') expect(raw.toString('latin1')).toMatch(/^(GET|POST) \/api\//)
    }
    expect((await json(`${origin}${demoPaths.bytes}?piece=999999`)).status).toBe(404)
  })

  test('goes on telling its time where nothing happens, so that pages do not stand still', async () => {
    const { origin } = await start().up()
    let empty = 0
    await listen(origin, told => {
      if (told.events.length === 0) empty++
    })
    await expect.poll(() => empty, patience).toBeGreaterThan(2)
  })

  test('takes a cut back where a scene begins before its lanes have heard of it', async () => {
    const { engine, told } = await startOwnEngine()
    await Promise.all([
      engine.act({ action: 'cut', forMs: 30_000 }),
      engine.act({ action: 'scene', scene: scenes[0]!.id, phase: 'ask' }),
    ])
    expect(told.map(({ kind }) => kind).filter(kind => ['cut', 'heal', 'scene'].includes(kind))).toEqual([
      'cut',
      'heal',
      'scene',
    ])
  })

  test('plays the scene that was asked for last, and nothing of one that was asked for just before', async () => {
    const { engine, told } = await startOwnEngine()
    await Promise.all(
      // Publishes each second; and first after 2.5 s.
      ['cut-the-network', 'one-notice'].map(scene => engine.act({ action: 'scene', scene, phase: 'run' })),
    )
    await expect.poll(() => told.find(({ kind }) => kind === 'publish'), patience).toBeDefined()
    const [begun, published] = ['scene', 'publish'].map(kind => told.findLast(event => event.kind === kind)!.t)
    expect(published! - begun!).toBeGreaterThan(2400)
  })

  test('does not reveal before there is something to reveal: it says so, plays on, and reveals by itself', async () => {
    const { engine, told } = await startOwnEngine()
    const scenesTold = () =>
      told.flatMap(event =>
        event.kind === 'scene' ? event.phase : event.kind === 'waiting' ? `${event.scene} waits` : [],
      )
    const scene = sceneOf('one-notice')!
    await engine.act({ action: 'scene', scene: scene.id, phase: 'run' })
    await engine.act({ action: 'knobs', pollIntervalMs: 1000 })
    await engine.act({ action: 'scene', scene: scene.id, phase: 'reveal' })
    await engine.act({ action: 'scene', scene: scene.id, phase: 'reveal' })
    await expect.poll(scenesTold, { ...patience, timeout: 20_000 }).toEqual(['run', `${scene.id} waits`, 'reveal'])
    const log = createLog()
    log.add(told)
    const reveal = log.newest('scene', Number.POSITIVE_INFINITY)!
    expect(reveal.t - log.all('scene')[0]!.t).toBeLessThan(scene.lastsMs)
    expect(revealed(scene, log, reveal.t).right.map(index => lanes[index])).toEqual(['short-polling'])
  }, 40_000)

  test('waits with a reveal no longer where its scene is left', async () => {
    const { engine, told } = await startOwnEngine()
    const act = (scene: string, phase: Phase) => engine.act({ action: 'scene', scene, phase })
    await act('one-notice', 'run')
    await act('one-notice', 'reveal')
    await act('burst-of-20', 'ask')
    const asked = told.length
    const publishAndLook = async () => {
      await engine.act({ action: 'publish', count: 1 })
      return told.slice(asked).some(({ kind }) => kind === 'deliver')
    }
    // The lanes have told of what came later.
    await expect.poll(publishAndLook, { ...patience, interval: 300 }).toBe(true)
    expect(told.findLast(({ kind }) => kind === 'scene')).toMatchObject({ scene: 'burst-of-20', phase: 'ask' })
  })

  test('lets every lane wait alike after a cut, so that luck decides nothing between them', async () => {
    const { engine, told } = await startOwnEngine()
    const haveSince = (from: number) =>
      new Set(told.slice(from).flatMap(event => (event.kind === 'deliver' ? event.lane : []))).size
    const cuts: string[][] = []
    for (let cut = 0; cut < 2; cut++) {
      // What was delivered since the last one begins the waits anew.
      const begun = told.length
      await expect.poll(() => haveSince(begun), patience).toBe(lanes.length)
      const from = told.length
      await engine.act({ action: 'cut', forMs: 1200 })
      const waitsOf = (name: string) =>
        told
          .slice(from)
          .flatMap(event =>
            event.kind === 'state' && event.lane === name
              ? (/next attempt in (\d+ ms)$/.exec(event.reason ?? '')?.[1] ?? [])
              : [],
          )
      const isBack = (name: string): boolean => {
        const since = told.slice(from)
        const last = since.findLast(event => event.kind === 'state' && event.lane === name)
        return since.some(({ kind }) => kind === 'heal') && last?.kind === 'state' && last.state === 'open'
      }
      await expect.poll(() => lanes.filter(isBack), { ...patience, timeout: 20_000 }).toEqual(lanes)
      const waits = lanes.map(waitsOf)
      expect(waits[0]!.length).toBeGreaterThan(0)
      expect(waits).toEqual(lanes.map(() => waits[0]))
      cuts.push(waits[0]!)
    }
    // And each cut is another draw.
    expect(cuts[1]).not.toEqual(cuts[0])
  }, 60_000)

  test('ends with its session’s end: a network that is cut then is healed before', async () => {
    const { engine, told } = await startOwnEngine()
    await Promise.all([
      engine.act({ action: 'cut', forMs: 100 }),
      engine.act({ action: 'scene', scene: 'whole-class', phase: 'run' }),
      engine.act({ action: 'cut', forMs: 100 }),
      engine.act({ action: 'end' }),
      engine.over,
    ])
    await engine.end()
    const kinds = told.map(({ kind }) => kind).filter(kind => ['cut', 'heal', 'scene', 'end'].includes(kind))
    expect(kinds.at(-1)).toBe('end')
    expect(kinds.filter(kind => kind !== 'scene')).toEqual(['cut', 'heal', 'cut', 'heal', 'end'])
  })

  test('publishes what was under way when its session was ended, and nothing that still waited', async () => {
    const { engine, told } = await startOwnEngine()
    await Promise.all([
      ...Array.from({ length: 20 }, () => engine.act({ action: 'publish', count: 1 })),
      engine.act({ action: 'end' }),
      engine.over,
    ])
    const kinds = told.map(({ kind }) => kind).filter(kind => kind === 'publish' || kind === 'end')
    expect(kinds.at(-1)).toBe('end')
    expect(kinds.length).toBeLessThan(20)
  })

  test('is ended by its teacher: nothing is published any more, what is kept stays to be looked at, and its server is still watched', async () => {
    const demo = start()
    const { origin, token } = await demo.up()
    expect((await fetch(origin + demoPaths.act, asks({ action: 'knobs', ratePerSecond: 20 }, token))).status).toBe(204)
    const events = await listen(origin)
    await expect.poll(() => events.filter(({ kind }) => kind === 'publish').length, patience).toBeGreaterThan(5)
    expect((await fetch(origin + demoPaths.act, asks({ action: 'end' }, token))).status).toBe(204)
    await demo.said(/the session was ended by its teacher/)
    expect((await json(origin + demoPaths.state)).body.isLive).toBe(false)
    await expect.poll(() => events.some(({ kind }) => kind === 'end'), patience).toBe(true)
    const { t: endedMs } = events.find(({ kind }) => kind === 'end')!
    expect(events.filter(({ kind, t }) => kind === 'publish' && t > endedMs)).toEqual([])
    expect((await fetch(origin + demoPaths.stage)).status).toBe(200)
    process.kill(childrenOf(demo.pid)[1]!, 'SIGKILL')
    expect((await demo.ended).code).toBe(exitCodes.server)
  })

  test('goes on where nobody reads what it prints, and ends in order with its terminal', async () => {
    const demo = start()
    const { origin, token } = await demo.up()
    const children = childrenOf(demo.pid)
    demo.closeOutput()
    expect((await fetch(origin + demoPaths.act, asks({ action: 'end' }, token))).status).toBe(204)
    await expect.poll(async () => (await json(origin + demoPaths.state)).body.isLive, patience).toBe(false)
    expect((await fetch(origin + demoPaths.stage)).status).toBe(200)
    demo.signal('SIGHUP')
    expect(await demo.ended).toMatchObject({ code: exitCodes.ok, stderr: '' })
    expect(children.filter(isThere)).toEqual([])
    expect(await readdir(demo.temporary)).toEqual([])
  })

  test('ends wholly with its engine, and with word of it where its server or its lanes are gone', async () => {
    const killed = start()
    await killed.up()
    const children = childrenOf(killed.pid)
    killed.signal('SIGKILL')
    await expect.poll(() => children.filter(isThere), patience).toEqual([])

    for (const index of [0, 1]) {
      const demo = start()
      await demo.up()
      const own = childrenOf(demo.pid)
      process.kill(own[index]!, 'SIGKILL')
      const { code, stderr } = await demo.ended
      expect(code).toBe(exitCodes.server)
      expect(stderr).toMatch(/server|lanes/)
      expect(own.filter(isThere)).toEqual([])
    }
  })

  test('prints where phones of its network come in, with a code to scan', async () => {
    const demo = start('--lan')
    await demo.up()
    const out = await demo.said(/[\s\S]*Ctrl-C/)
    expect(out).toMatch(/█|no network address/)
    const [, joinUrl] = /phones +(http:\/\/[\d.]+:\d+\/demo\/join\/[A-Z]{4}) +code [A-Z]{4}/.exec(out) ?? []
    if (joinUrl === undefined) return
    expect((await fetch(joinUrl)).status).toBe(200)
    // Whoever comes in that way may look and join, and do nothing else.
    const { origin } = new URL(joinUrl)
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"body":1}' }
    expect((await json(`${origin}/api/notices`, post)).status).toBe(401)
    expect((await json(origin + demoPaths.act, asks({ action: 'end' }, 'guess'))).status).toBe(401)
    expect((await json(origin + demoPaths.state)).body.isLive).toBe(true)
  })
})

describe('a recording', () => {
  test('is the log in order, and can be played', async () => {
    const file = join(folder, 'class.ndjson')
    const demo = start('--record', file)
    const { origin } = await demo.up()
    const code = (await json(origin + demoPaths.state)).body.code as string
    const asPhone = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, key: 'a-phone-of-the-test_22' }),
    }
    expect((await json(origin + phonePaths.phones, asPhone)).status).toBe(201)
    const events = await listen(origin)
    for (const wanted of ['deliver', 'phones'])
      await expect.poll(() => events.some(({ kind }) => kind === wanted), patience).toBe(true)
    demo.signal('SIGINT')
    const { stdout } = await demo.ended
    expect(stdout).toContain(`recorded ${file}`)
    expect(stdout).not.toContain('nothing more')
    const text = await readFile(file, 'utf8')
    const recorded = text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as DemoEvent)
    expect(recorded[0]).toMatchObject({ kind: 'start', t: 0, version: 1, lanes })
    // Of each lane some bytes, for who looks at a line.
    expect([...new Set(recorded.flatMap(event => (event.kind === 'bytes' ? [event.lane] : [])))].sort()).toEqual(
      lanes.toSorted(),
    )
    const times = recorded.map(({ t }) => t)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    for (const kind of ['deliver', 'phones'])
      expect(
        recorded.some(event => event.kind === kind),
        kind,
      ).toBe(true)

    const replay = start('--replay', file)
    const url = new URL(await replay.said(/http:\S+\/demo\/stage/))
    expect((await json(url.origin + demoPaths.state)).body.isLive).toBe(false)
    expect(await (await fetch(url.origin + demoPaths.recording)).text()).toBe(text)
    replay.signal('SIGINT')
    expect((await replay.ended).code).toBe(exitCodes.ok)

    const again = await start('--record', file).ended
    expect(again.stderr).toContain(`--record must name a new file, got ${JSON.stringify(file)}, which exists`)
    expect(again.code).toBe(exitCodes.machine)
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  test('that the disk has no room for says so, keeps what there is, and the demo goes on', async () => {
    const file = join(folder, 'full.ndjson')
    const demo = start('--record', file)
    const { origin } = await demo.up()
    // A disk whose end is reached: from here on this process may write no file beyond 8 kB.
    execFileSync('prlimit', ['--pid', String(demo.pid), '--fsize=8192'])
    await demo.said(/nothing more is recorded: \S+full\.ndjson cannot be written any more \(EFBIG\)/)
    const events = await listen(origin)
    await expect.poll(() => events.some(({ kind }) => kind === 'deliver'), patience).toBe(true)
    demo.signal('SIGINT')
    const { code, stdout, stderr } = await demo.ended
    expect({ code, stderr }).toEqual({ code: exitCodes.ok, stderr: '' })
    expect(stdout.match(/nothing more is recorded/g)).toHaveLength(1)
    const kept = parseRecording(await readFile(file, 'utf8'), file)
    expect(kept[0]).toMatchObject({ kind: 'start', lanes })
    expect((await stat(file)).size).toBeLessThanOrEqual(8192)
  })

  test('ends where pages would refuse it, at a whole line', async () => {
    const file = join(folder, 'long.ndjson')
    const breaks: string[] = []
    const recorder = await openRecorder(file, reason => breaks.push(reason), 1000)
    recorder.take([{ kind: 'start', t: 0, version: 1, startedAtMs: 0, lanes }])
    for (let t = 1; t <= 100; t++) recorder.take([{ kind: 'publish', t: 1000 * t, seq: t, count: 1 }])
    await recorder.end()
    expect(breaks).toEqual([`${file} is full: pages play at most 1000 bytes`])
    const text = await readFile(file, 'utf8')
    expect(text.length).toBeLessThanOrEqual(1000)
    expect(text.endsWith('\n')).toBe(true)
    const kept = parseRecording(text, file)
    expect(kept.slice(1).map(event => event.kind === 'publish' && event.seq)).toEqual(
      Array.from({ length: kept.length - 1 }, (_, i) => i + 1),
    )
    // The next one would not have fitted.
    expect(text.length + JSON.stringify(kept.at(-1)).length + 2).toBeGreaterThan(1000)
  })

  test.each([
    ['{"t":0,"kind":"start","version":1,"lanes":[]}\nhello', /must name a recording: Line 2 of ".*" is not JSON/],
    ['{"t":0,"kind":"cut"}', /must name a recording: ".*" is no recording .* first line must be of kind "start"/],
    ['{"t":0,"kind":"start","version":2,"lanes":[]}', /must name a recording: .* version 1; ".*" has version 2/],
  ])('that is none is not played: %s', async (text, says) => {
    const file = join(folder, 'bad.ndjson')
    await writeFile(file, text)
    const { code, stderr } = await start('--replay', file).ended
    expect(stderr).toMatch(says)
    expect(code).toBe(exitCodes.usage)
  })
})

describe('the tour', () => {
  /** An engine that remembers; waits are of no matter here, so time is given away. */
  async function toured(stopAfter = Number.POSITIVE_INFINITY): Promise<{ acts: Action[]; waitedMs: number }> {
    const acts: Action[] = []
    const stop = new AbortController()
    let waitedMs = 0
    const real = globalThis.setTimeout
    globalThis.setTimeout = ((run: () => void, ms: number) => {
      waitedMs += ms
      return real(run, 0)
    }) as typeof setTimeout
    try {
      const act = async (action: Action): Promise<void> => {
        acts.push(action)
        if (acts.length >= stopAfter) stop.abort()
      }
      await tour({ act } as Partial<Engine> as Engine, stop.signal)
    } finally {
      globalThis.setTimeout = real
    }
    return { acts, waitedMs }
  }

  test('asks and runs every scene in order, and says how long it takes', async () => {
    const { acts, waitedMs } = await toured()
    expect(acts).toEqual([
      ...scenes.flatMap(({ id }) => [
        { action: 'scene', scene: id, phase: 'ask' },
        { action: 'scene', scene: id, phase: 'run' },
      ]),
      { action: 'scene', scene: scenes.at(-1)!.id, phase: 'over' },
    ])
    expect(waitedMs).toBe(tourMs)
  })

  test('stops where it is told to', async () => {
    expect((await toured(3)).acts.filter(action => 'phase' in action && action.phase === 'ask')).toHaveLength(2)
  })

  test('goes by itself in the real program, which ends with it where its teacher does not wait', async () => {
    const file = join(folder, 'tour.ndjson')
    const demo = start('--tour', '--record', file, '--port', String((await freePorts(1))[0]))
    const { origin, token } = await demo.up()
    await demo.said(new RegExp(`The seven scenes go by themselves, in ${Math.round(tourMs / 1000)} s`))
    const events = await listen(origin)
    const begun = () => events.find(event => event.kind === 'scene')
    await expect.poll(begun, patience).toMatchObject({ scene: scenes[0]!.id, phase: 'ask' })
    expect((await fetch(origin + demoPaths.act, asks({ action: 'end' }, token))).status).toBe(204)
    const { code, stderr } = await demo.ended
    expect({ code, stderr }).toEqual({ code: exitCodes.ok, stderr: '' })
    expect(await readFile(file, 'utf8')).toMatch(/"kind":"end"[^\n]*\n(.*\n)*$/)
    expect(await readdir(demo.temporary)).toEqual([])
  })
})

// The phone's page: joins by the code in its address or by hand, and shows what this one client gets and what it costs.
import { phonePaths } from '../../../server/demo/phone-wire.ts'
import type { Joined, Told } from '../../../server/demo/wire.ts'
import { browserNetwork } from '../../network/browser.ts'
import { clientTransports, type TransportName } from '../../transports/index.ts'
import { markOf } from '../mark.ts'
import { AT_MS, type Clock } from './clock.ts'
import type { ClassMember } from './contract.ts'
import { ownKey } from './kept-key.ts'
import { joinClass, Refused } from './member.ts'
import { drawStrip, type Passed } from './strip.ts'

const find = <Kind extends HTMLElement>(id: string): Kind => document.getElementById(id) as Kind
const set = (id: string, text: string): void => {
  const element = find(id)
  if (element.textContent !== text) element.textContent = text
}
const KEPT = 200
const RECENT = 20
/** An answer that takes longer does not come: a network that went away tells nobody. */
const ANSWER_MS = 5000

const entryOf = (name: string) => clientTransports[name as TransportName]
const dark = matchMedia('(prefers-color-scheme: dark)')
const isStill = matchMedia('(prefers-reduced-motion: reduce)')

/** What is picked before the phone is in the class waits for it. */
let joining: Promise<ClassMember> | undefined
let member: ClassMember | undefined
let joined: Joined | undefined
let clock: Clock | undefined
let passed: Passed[] = []
let delays: number[] = []
let behindSinceMs: number | undefined
let toldScene = ''

async function ask(path: string, body?: unknown, keepalive = false): Promise<{ status: number; body: unknown }> {
  const response = await fetch(path, {
    cache: 'no-store',
    keepalive,
    signal: AbortSignal.timeout(ANSWER_MS),
    ...(body !== undefined && {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  return { status: response.status, body: await response.json().catch(() => null) }
}

const bytesText = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${(bytes / 1e3).toPrecision(3)} kB`
      : `${(bytes / 1e6).toPrecision(3)} MB`
const msText = (ms: number): string =>
  Math.abs(ms) < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toPrecision(3)} s`

function showDelay(): void {
  const place = find('delay')
  if (!clock || delays.length === 0) return void place.replaceChildren()
  const sorted = [...delays].sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]!
  const [width, middle] = [document.createElement('small'), document.createElement('small')]
  width.textContent = ` ± ${msText(clock.uncertaintyMs + AT_MS)} `
  middle.textContent = `median of the last ${sorted.length}: ${msText(median)}`
  middle.className = 'line'
  place.replaceChildren(`${msText(delays.at(-1)!)} late`, width, middle)
}

function showJoined(now: Joined): void {
  joined = now
  find('enter').hidden = true
  find('live').hidden = false
  set('number', String(now.phone))
  const { label } = entryOf(now.transport)
  find('transport').replaceChildren(markOf(now.transport), ` ${label}`)
  find('pulse').replaceChildren(markOf(now.transport))
  document.title = `Phone ${now.phone} · ${label}`
  for (const input of find('choose').querySelectorAll('input')) input.checked = input.value === now.transport
}

function showTold({ headSeq, requests, bytesUp, bytesDown, scene }: Told): void {
  set('requests', String(requests))
  set('bytes', `${bytesText(bytesUp + bytesDown)}`)
  const behind = Math.max(0, headSeq - (member?.seq ?? headSeq))
  behindSinceMs = behind === 0 ? undefined : (behindSinceMs ?? Date.now())
  const notices = `${behind} ${behind === 1 ? 'notice' : 'notices'}`
  // Told of it just now, nobody knows for how long already.
  const sinceMs = Date.now() - (behindSinceMs ?? 0)
  set('behind', behind === 0 ? 'up to date' : sinceMs < 100 ? notices : `${notices} for ${msText(sinceMs)}`)
  const text = JSON.stringify(scene)
  if (text === toldScene) return
  toldScene = text
  const place = find('scene')
  // Shown once there is something in it.
  if (!scene) place.hidden = true
  if (scene)
    import('./questions.ts').then(
      ({ showScene }) => showScene(place, scene, choice => void member?.vote(scene.scene, choice).catch(told)),
      () => {
        // The next report tries again.
        toldScene = ''
      },
    )
}

const told = (error: unknown): void => set('trouble', (error as Error).message)

function draw(): void {
  const canvas = find<HTMLCanvasElement>('strip')
  if (!joined || document.hidden || canvas.clientWidth === 0) return
  const entry = entryOf(joined.transport)
  const style = getComputedStyle(document.documentElement)
  drawStrip(canvas, passed, Date.now(), {
    color: dark.matches ? entry.dark : entry.light,
    line: style.getPropertyValue('--line'),
  })
}

async function start(code: string): Promise<void> {
  set('trouble', '')
  const stop = new AbortController()
  const { key, isKept } = ownKey()
  find('kept').hidden = isKept
  let trouble: string | undefined
  try {
    joining = joinClass({
      baseUrl: location.origin,
      code,
      key,
      network: browserNetwork(),
      ask,
      signal: stop.signal,
      on: {
        onJoined: showJoined,
        onTold: showTold,
        onClock(now) {
          clock = now
          // What was measured by clocks that have parted says nothing.
          if (!now) [delays, passed] = [[], []]
          showDelay()
        },
        onNotice({ seq }, delayMs) {
          set('seq', `notice ${seq}`)
          if (!isStill.matches)
            find('pulse').animate([{ scale: '2.2' }, { scale: '1' }], { duration: 400, easing: 'ease-out' })
          if (member) set('lost', String(member.lost))
          behindSinceMs = undefined
          set('behind', 'up to date')
          if (delayMs === null) return
          passed = [...passed, { publishedMs: Date.now() - delayMs, cameMs: Date.now() }].slice(-KEPT)
          delays = [...delays, delayMs].slice(-RECENT)
          showDelay()
          draw()
          find('strip').setAttribute(
            'aria-label',
            `In 30 seconds ${passed.filter(({ cameMs }) => Date.now() - cameMs < 30_000).length} notices came, the last one ${msText(delayMs)} late.`,
          )
        },
        onWoke({ sleptMs, caughtUp, tookMs }) {
          const slept = `Asleep for ${msText(sleptMs)}`
          set(
            'woke',
            caughtUp === null
              ? `${slept}. Catching up …`
              : `${slept}, caught up ${caughtUp} ${caughtUp === 1 ? 'notice' : 'notices'} in ${msText(tookMs!)}, lost ${member?.lost ?? 0}.`,
          )
        },
        onState(state, reason) {
          if (reason === undefined) trouble = undefined
          else trouble = state === 'connecting' ? 'Cut off. Connecting again …' : `${reason}. Pick another transport.`
          set('trouble', trouble ?? '')
        },
        onTrouble: now => set('trouble', now ?? trouble ?? ''),
        onOver(reason) {
          joined = undefined
          find('live').hidden = true
          find('over').hidden = false
          set('trouble', '')
          if (reason) set('why', `This phone is out: ${reason}`)
          set('sum', `This phone had ${member?.delivered ?? 0} notices and lost ${member?.lost ?? 0}.`)
        },
      },
    })
    member = await joining
  } catch (error) {
    stop.abort()
    joining = undefined
    find('enter').hidden = false
    find<HTMLInputElement>('code').focus()
    set(
      'trouble',
      error instanceof Refused ? `${error.message}.` : 'The server does not answer. Is this the right network?',
    )
  }
}

function build(): void {
  const place = find('choose')
  for (const [name, { label }] of Object.entries(clientTransports)) {
    const pick = document.createElement('label')
    pick.className = 'pick'
    const input = document.createElement('input')
    input.type = 'radio'
    input.name = 'transport'
    input.value = name
    input.addEventListener('change', () => {
      delays = []
      void joining?.then(member => member.change(name)).catch(told)
    })
    pick.append(input, markOf(name), label)
    place.append(pick)
  }
  find('enter').addEventListener('submit', event => {
    event.preventDefault()
    // A second tap would be a second phone.
    if (joining) return
    const code = find<HTMLInputElement>('code').value.toUpperCase()
    history.replaceState(history.state, '', `${phonePaths.join}/${code}`)
    void start(code)
  })
}

build()
// Once in a while where motion is not wanted.
setInterval(draw, isStill.matches ? 2000 : 250)
addEventListener('visibilitychange', draw)
// A page that comes back from the browser's memory is heard of again with its next report.
addEventListener('pagehide', () => {
  if (joined) void ask(phonePaths.leave, { key: ownKey().key }, true).catch(() => {})
})
const code = decodeURIComponent(location.pathname.slice(phonePaths.join.length + 1))
if (/^[a-z]{4}$/i.test(code)) void start(code.toUpperCase())
else {
  find('enter').hidden = false
  void import('./not-live.ts')
}

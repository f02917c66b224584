// The demo's stage under a full class: how many frames a second a real browser draws of it.
import type { Cell } from '../../results/cell.ts'
import { demoPaths } from '../../server/demo/wire.ts'
import { blankCell } from '../blank-cell.ts'
import { type Engine, startEngine } from '../demo/engine.ts'
import type { PhonesCalls } from '../demo/phones-worker.ts'
import { startChild } from '../machine/child.ts'
import { type BrowserUnderTest, startBrowser } from '../machine/chromium.ts'
import { type DriverOrder, type KindDriver, onTransport, unlessStopped } from './kind.ts'

const PHONES = new URL('../demo/phones-worker.js', import.meta.url)
/** As a projector has it. */
const SIZE = { width: 1280, height: 720 }
/** Of each lane; one of them is drawn. */
const CLIENTS = 25

type Frames = Pick<NonNullable<Cell['stage']>, 'frames' | 'longestMs'>

/**
 * One cell: a class of `scenario.clients` phones, lanes of 25 clients each at the scenario's rate, interval and round trip, and the stage of it in
 * front of a browser for `scenario.windowMs` after `scenario.warmupMs`. Void where a phone lost a notice. Throws ExitError 3 or 4 as
 * `startBrowser` and servers do, and what `signal` was aborted with.
 */
export async function measureStage(order: DriverOrder): Promise<Cell> {
  const { signal, seed } = order
  signal.throwIfAborted()
  const browser = await startBrowser()
  const phones = startChild<PhonesCalls>(PHONES)
  let engine: Engine | undefined
  try {
    let events = 0
    engine = await startEngine({
      host: '127.0.0.1',
      port: 0,
      origins: port => [`http://127.0.0.1:${port}`],
      seed,
      onEvents: more => {
        events += more.length
      },
    })
    const died = Promise.race([browser.died, engine.failed])
    const watching = watch(order, engine, browser, phones, () => events)
    return await unlessStopped(Promise.race([watching, died]), signal)
  } finally {
    await phones.end('SIGKILL')
    await browser.end()
    await engine?.end()
  }
}

async function watch(
  { scenario, transport, round, order }: DriverOrder,
  engine: Engine,
  browser: BrowserUnderTest,
  phones: ReturnType<typeof startChild<PhonesCalls>>,
  eventsSoFar: () => number,
): Promise<Cell> {
  const { clients, ratePerSecond, pollIntervalMs, rttMs, warmupMs, windowMs } = scenario
  const startedAt = new Date().toISOString()
  const baseUrl = `http://127.0.0.1:${engine.port}`
  await engine.act({ action: 'knobs', ratePerSecond, pollIntervalMs, rttMs, clients: CLIENTS })
  await phones.call('join', { baseUrl, code: engine.code, phones: clients })
  const page = await browser.openPage(baseUrl + demoPaths.stage, SIZE)
  await page
    .locator('[data-phone]')
    .nth(clients - 1)
    .waitFor({ state: 'attached' })
  await new Promise(resolve => setTimeout(resolve, warmupMs))
  const eventsBefore = eventsSoFar()
  const { frames, longestMs } = await page.evaluate(countFrames, windowMs)
  const events = eventsSoFar() - eventsBefore
  const accounts = await phones.call('accounts', null)
  const sum = (key: 'delivered' | 'lost'): number => accounts.reduce((all, account) => all + account[key], 0)
  const lost = sum('lost')
  return {
    ...blankCell({ scenario: scenario.id, transport, round, order, startedAt }),
    windowMs,
    delivered: sum('delivered'),
    lost,
    status: lost === 0 ? 'ok' : 'void',
    reasons: lost === 0 ? [] : [`phones lost ${lost} notices`],
    stage: { phones: accounts.length, events, frames, longestMs },
    browser: browser.version,
  }
}

/** Runs in the page: frames in each whole second, and the longest time between two of them. */
function countFrames(windowMs: number): Promise<Frames> {
  return new Promise(resolve => {
    const frames: number[] = []
    let startedMs: number | undefined
    let lastMs = 0
    let longestMs = 0
    requestAnimationFrame(function frame(nowMs) {
      startedMs ??= nowMs
      if (lastMs > 0) longestMs = Math.max(longestMs, nowMs - lastMs)
      lastMs = nowMs
      const second = Math.floor((nowMs - startedMs) / 1000)
      if (second * 1000 >= windowMs) return resolve({ frames: frames.slice(0, Math.floor(windowMs / 1000)), longestMs })
      while (frames.length <= second) frames.push(0)
      frames[second]!++
      requestAnimationFrame(frame)
    })
  })
}

export const kind = { measure: onTransport(measureStage) } satisfies KindDriver

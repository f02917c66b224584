// The demo's stage under a full class: how many frames a second a real browser draws of it.
import { setTimeout as wait } from 'node:timers/promises'
import type { Cell } from '../../results/cell.ts'
import { sum } from '../../results/sums.ts'
import { demoPaths } from '../../server/demo/wire.ts'
import { blankCell, judged } from '../cell/blank-cell.ts'
import { withServer } from '../cell/with-server.ts'
import type { PhonesCalls } from '../demo/phones-worker.ts'
import { startChild } from '../machine/child.ts'
import { startBrowser } from '../machine/chromium.ts'
import { type DriverOrder, type KindDriver, onTransport } from './kind.ts'

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
export function measureStage(order: DriverOrder): Promise<Cell> {
  const { scenario, seed } = order
  const { clients, ratePerSecond, pollIntervalMs, rttMs, warmupMs, windowMs } = scenario
  const blank = blankCell(order)
  let events = 0
  const startStage = async () => {
    const { startEngine } = await import('../demo/engine.ts')
    return startEngine({
      host: '127.0.0.1',
      port: 0,
      origins: port => [`http://127.0.0.1:${port}`],
      seed,
      onEvents: more => {
        events += more.length
      },
    })
  }
  return withServer(order, startStage, async (engine, start) => {
    const browser = await start(startBrowser)
    const phones = await start(() => startChild<PhonesCalls>(PHONES))
    const baseUrl = `http://127.0.0.1:${engine.port}`
    await engine.act({ action: 'knobs', ratePerSecond, pollIntervalMs, rttMs, clients: CLIENTS })
    await phones.call('join', { baseUrl, code: engine.code, phones: clients })
    const page = await browser.openPage(baseUrl + demoPaths.stage, SIZE)
    await page
      .locator('[data-phone]')
      .nth(clients - 1)
      .waitFor({ state: 'attached' })
    await wait(warmupMs)
    const eventsBefore = events
    const { frames, longestMs } = await page.evaluate(countFrames, windowMs)
    const eventsDrawn = events - eventsBefore
    const accounts = await phones.call('accounts', null)
    const lost = sum(accounts, account => account.lost)
    const cell: Cell = {
      ...blank,
      windowMs,
      delivered: sum(accounts, account => account.delivered),
      lost,
      stage: { phones: accounts.length, events: eventsDrawn, frames, longestMs },
      browser: browser.version,
    }
    return judged(cell, lost === 0 ? [] : [`phones lost ${lost} notices`])
  })
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

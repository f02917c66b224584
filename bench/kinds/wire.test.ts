// What goes over the wire, as it is captured for a run: compiled, with a real server for each transport.
import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import { publications } from '../anatomy/plan.ts'
import { scenarioOf } from '../scenarios.ts'

const compiled = (name: string) => new URL(`../../dist/bench/${name}.js`, import.meta.url).href
const { measureWire } = (await import(compiled('kinds/wire'))) as typeof import('./wire.ts')
const { readProfile } = (await import(compiled('profiles/profile'))) as typeof import('../profiles/profile.ts')

const scenario = scenarioOf({
  kind: 'wire',
  clients: 1,
  ratePerSecond: 1,
  pollIntervalMs: 300,
  waitMs: 400,
  warmupMs: 0,
  windowMs: 1500,
})
const orderOf = async (transports: readonly string[], controller = new AbortController()) => {
  const kept: [string, string][] = []
  const keep = async (name: string, text: string): Promise<void> => void kept.push([name, text])
  const headers = await readProfile('browser')
  return { kept, order: { scenario, round: 0, seed: 7, headers, signal: controller.signal, keep, transports } }
}

test('every byte that a server counts is decoded, on each transport, and what passed is kept with the run', async () => {
  const { order, kept } = await orderOf(Object.keys(clientTransports))
  const cells = await measureWire(order)
  const published = publications.flatMap(({ bodies }) => bodies).length + 1
  for (const { transport, status, delivered, lost, wire } of cells) {
    expect([transport, status, delivered, lost]).toEqual([transport, 'ok', published, 0])
    const { up, down, body, framing, headers, empty, handshake = [] } = wire!
    expect([transport, up.decoded, down.decoded]).toEqual([transport, up.counted, down.counted])
    expect(body + framing + headers + empty).toBe(up.decoded + down.decoded)
    for (const part of [up.decoded, down.decoded, body, framing, headers]) expect(part).toBeGreaterThan(0)
    expect(handshake.filter(({ isMet }) => !isMet)).toEqual([])
  }
  expect(cells.find(({ transport }) => transport === 'websocket')!.wire!.handshake).toHaveLength(11)
  expect(cells.find(({ transport }) => transport === 'sse')!.wire).not.toHaveProperty('handshake')
  const [[name, text]] = kept as [[string, string]]
  expect([kept.length, name]).toEqual([1, 'wire.md'])
  for (const { label } of Object.values(clientTransports)) expect(text).toContain(`## ${label}\n`)
}, 90_000)

test('a later round is for the figures alone', async () => {
  const { order, kept } = await orderOf(['sse'])
  await measureWire({ ...order, round: 1 })
  expect(kept).toEqual([])
})

test('ends at once where the run is stopped, and leaves nothing behind', async () => {
  const controller = new AbortController()
  const { order } = await orderOf(['websocket'], controller)
  setTimeout(() => controller.abort(new Error('stopped')), 800)
  const beganMs = performance.now()
  await expect(measureWire(order)).rejects.toThrow('stopped')
  expect(performance.now() - beganMs).toBeLessThan(20_000)
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

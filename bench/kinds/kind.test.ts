// How a driver's measurement ends beside its server.
import { expect, test } from 'vitest'
import { unlessDead } from './kind.ts'

const never = new Promise<never>(() => {})
const later = (error: Error) => new Promise<never>((_, reject) => setTimeout(() => reject(error), 20))

test('a socket that broke before the death of its server was told gives way to it', async () => {
  const measuring = Promise.reject(new Error('the WebSocket was closed with 1006'))
  await expect(unlessDead(measuring, { died: later(new Error('the server died (SIGKILL)')) })).rejects.toThrow(
    'the server died (SIGKILL)',
  )
})

test('a failure beside a living server is told as it is, and so is a result', async () => {
  const measuring = Promise.reject(new Error('201 was expected'))
  await expect(unlessDead(measuring, { died: never })).rejects.toThrow('201 was expected')
  expect(await unlessDead(Promise.resolve(7), { died: never })).toBe(7)
})

test('the death of the server ends a measurement that would never settle', async () => {
  await expect(unlessDead(never, { died: later(new Error('the server died (SIGKILL)')) })).rejects.toThrow('SIGKILL')
})

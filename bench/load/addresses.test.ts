import { expect, test } from 'vitest'
import { clientAddress, connectionsFromHere } from './addresses.ts'

test('one address is enough for as many subscribers as it has ports, and then it is the system’s choice', () => {
  expect(clientAddress(0, 900, 1000)).toBeUndefined()
  expect(clientAddress(899, 900, 1000)).toBeUndefined()
  expect(clientAddress(30_000, 50_000, null)).toBeUndefined()
})

test('more take the next addresses, each as many as it has ports for', () => {
  const addresses = Array.from({ length: 901 }, (_, place) => clientAddress(place, 901, 1000))
  expect(addresses.slice(0, 900)).toEqual(Array(900).fill('127.0.0.1'))
  expect(addresses[900]).toBe('127.0.0.2')
  expect(clientAddress(50_000, 70_000, 28_232)).toBe('127.0.0.2')
})

test('all addresses count where all of 127.0.0.0/8 is this machine', () => {
  expect(connectionsFromHere(28_232, 'linux')).toBe(25_408 * 250)
  expect(connectionsFromHere(16_384, 'darwin')).toBe(16_384)
  expect(connectionsFromHere(null)).toBeNull()
})

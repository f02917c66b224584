// Records of TLS: kinds and lengths, however TCP cut them up.
import { expect, it } from 'vitest'
import { captureOfReads } from './capture.fixture.ts'
import { recordsOf } from './records.ts'

const record = (type: number, length: number): Uint8Array =>
  Uint8Array.of(type, 3, 3, length >> 8, length & 255, ...new Array<number>(length).fill(0))

it('are told by kind, length, way and time; what is not whole is left out', () => {
  const [hello, sealed] = [record(22, 300), record(23, 60)]
  const { connections } = captureOfReads('sse', [
    [
      [1, 'up', hello.subarray(0, 100)],
      [2, 'up', hello.subarray(100), sealed],
      [3, 'down', record(20, 1), sealed],
      [4, 'up', sealed.subarray(0, 40)],
    ],
  ])
  expect(recordsOf(connections[0]!)).toEqual([
    { way: 'up', atMs: 1, type: 22, bytes: 305 },
    { way: 'up', atMs: 2, type: 23, bytes: 65 },
    { way: 'down', atMs: 3, type: 20, bytes: 6 },
    { way: 'down', atMs: 3, type: 23, bytes: 65 },
  ])
})

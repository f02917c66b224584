// A cell over TLS by the compiled harness: subscribers connect by https and wss, through the relay too, and bytes are counted under it.
import { expect, test } from 'vitest'
import { tlsOverheadBytes } from '../../results/model-bytes.ts'
import { measureFaulty } from './cell.fixture.ts'

const RECORD = tlsOverheadBytes({ writeBytes: 1 })

test.each([
  ['sse', 0],
  ['sse', 20],
  ['long-polling', 0],
])('%s at a round trip of %i ms carries a record of TLS for each write', async (transport, rttMs) => {
  const cell = await measureFaulty({ transport, scenario: { tls: true, rttMs, waitMs: 10_000 } })
  expect(cell).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 0, emptyAnswers: 0 })
  expect(cell.delivered).toBe(cell.expected)
  expect(cell.delivered).toBeGreaterThan(400)
  const { writes, requests, parts } = cell
  const { headers = 0, heartbeats = 0 } = parts!
  // An event stream sends nothing besides but its signs of life, of 3 B each.
  if (requests === 0) expect(headers).toBe(RECORD * (writes + heartbeats / 3))
  else expect(headers / requests).toBeGreaterThan(2 * RECORD + 200)
  // A handshake of TLS is some 2,000 B, of which a few hundred are the certificate's.
  expect(cell.startupBytes! / 5).toBeGreaterThan(1500)
})

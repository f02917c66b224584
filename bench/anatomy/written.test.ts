import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { captureOf } from '../../client/anatomy/capture.ts'
import { fromLatin1 } from '../../client/codecs/bytes.ts'
import { clientTransports } from '../../client/transports/index.ts'
import { hexRows, writtenWire } from './written.ts'

const recorded = Object.keys(clientTransports).map(name =>
  captureOf(JSON.parse(readFileSync(new URL(`../../client/anatomy/recordings/${name}.json`, import.meta.url), 'utf8'))),
)

test('bytes stand in rows with their place, and with the characters that are any', () => {
  expect(hexRows(fromLatin1('..GET /\xe9 HTTP/1.1\r\n'), 2, 19)).toEqual([
    '0002  47 45 54 20 2f e9 20 48 54 54 50 2f 31 2e 31 0d  |GET /. HTTP/1.1.|',
    `0012  0a${' '.repeat(45)}  |.|`,
  ])
  expect(hexRows(new Uint8Array(5000), 0, 5000).at(-1)).toBe('… 3,464 bytes more')
})

test('a capture of each transport is written with its sums, every message and every part', () => {
  const text = writtenWire(recorded)
  for (const { label } of Object.values(clientTransports)) expect(text).toMatch(new RegExp(`^## ${label}$`, 'm'))
  expect(text).toMatch(/^\| WebSocket \| [\d,]+ \| [\d,]+ \| [\d,]+ \| [\d,]+ \| [\d,]+ \| \d+ \|$/m)
  expect(text).toMatch(/^\*\*client → server\*\* at [\d.]+ ms: GET \/api\/websocket \(request, \d+ B\)$/m)
  expect(text).toMatch(/^ +1 B {2}framing {2}first byte +FIN 1, RSV 000, opcode 0001$/m)
  expect(text).toMatch(/^ +\d+ B {2}body {5}notice \d+ +\{"seq":\d+/m)
  // What parts of a message are told to have is what the message has.
  for (const block of text.split('\n**').slice(1)) {
    const whole = Number(/, (\d+) B\)/.exec(block)![1])
    const parts = [...block.matchAll(/^ *([\d,]+) B {2}(?:body|framing|headers|empty)/gm)]
    expect(parts.reduce((sum, [, bytes]) => sum + Number(bytes!.replace(',', '')), 0)).toBe(whole)
  }
})

test('no text of a part leaves its row', () => {
  for (const row of writtenWire(recorded).split('\n')) expect(row.length).toBeLessThan(260)
})

// The committed recordings: whole, readable to the last byte, small, and silent about who made them.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { latin1 } from '../codecs/bytes.ts'
import { decodeConnection, totalsOf } from '../codecs/conversation.ts'
import { clientTransports } from '../transports/index.ts'
import { bytesOf, captureOf, sizeOf } from './capture.ts'
import { readingOf } from './reading.ts'
import { redact } from './redact.ts'
import { handshakes, type Step, steps, triesOf } from './tries.ts'
import { sayingOf } from './words.ts'

const folder = fileURLToPath(new URL('recordings', import.meta.url))
const textOf = (name: string): string => readFileSync(`${folder}/${name}.json`, 'utf8')
const transports = Object.keys(clientTransports)
const load = (name: string) => captureOf(JSON.parse(textOf(name)))

test('there is one of each transport, one of TLS, and the handshakes', () => {
  expect(readdirSync(folder).sort()).toEqual([...transports, 'tls', 'tries'].map(name => `${name}.json`).sort())
  for (const name of readdirSync(folder)) expect(readFileSync(`${folder}/${name}`).length).toBeLessThan(40_000)
})

describe.each([...transports, 'tls'])('the recording of %s', name => {
  test('has as many bytes as the server counted', () => {
    const capture = load(name)
    expect(capture.counted).toEqual(sizeOf(capture))
    expect([capture.isSecure, transports]).toEqual([name === 'tls', expect.arrayContaining([capture.transport])])
  })

  test('does not tell who made it', () => {
    const capture = load(name)
    expect(redact(capture)).toEqual(capture)
    const all = capture.connections
      .flatMap(each => [latin1(bytesOf(each, 'up')), latin1(bytesOf(each, 'down'))])
      .join('\n')
    expect(all).not.toMatch(/\/home\/|\/Users\/|\/root\/|cookie: (?!x)|authorization: (?!x)/i)
  })
})

test('the polls of Socket.IO are told as its library’s, not as those of a poller', () => {
  const reading = readingOf(load('socket-io'))
  const polls = reading.entries.filter(
    ({ message: { head } }) => head?.method === 'GET' && head.target.includes('polling'),
  )
  const [first, ...others] = polls.map(entry => sayingOf(entry, reading))
  expect(first).toContain('which asks for a session')
  for (const said of others) expect(said).toContain('within its session')
})

test.each(transports)('the recording of %s is decoded to its last byte, with every notice', name => {
  const capture = load(name)
  const conversations = capture.connections.map(({ chunks }) => decodeConnection(chunks))
  expect(conversations.flatMap(({ broken }) => Object.values(broken))).toEqual([])
  const { upBytes, downBytes } = totalsOf(conversations)
  expect({ upBytes, downBytes }).toEqual(capture.counted)
  const got = conversations.flatMap(({ messages }) =>
    messages.filter(({ way }) => way === 'down').flatMap(({ seqs }) => seqs),
  )
  // The fourth is the page's own. A recording begins with a stream.
  expect([...new Set(got)].sort()).toEqual([1, 2, 3, 4, 5])
  expect(capture.published.map(({ seq }) => seq)).toEqual([1, 2, 3, 5])
})

test('the recorded handshakes are all that can be tried, each with its answer', () => {
  const { tries } = triesOf(JSON.parse(textOf('tries')))
  expect(tries.map(({ step }) => step)).toEqual(steps)
  for (const { step, connection } of tries) {
    const { messages } = decodeConnection(connection.chunks)
    const isRight = step === 'right' || 'thenSends' in handshakes[step as Step]
    expect([step, messages.find(({ way }) => way === 'down')?.head?.status === 101]).toEqual([step, isRight])
  }
})

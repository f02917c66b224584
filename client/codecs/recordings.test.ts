// What the page shows without a capture of its own decodes to the last byte, and says what happened.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { captureOf } from '../anatomy/capture.ts'
import { clientTransports } from '../transports/index.ts'
import { expectCovered } from './conversation.fixture.ts'
import { decodeConnection, totalsOf } from './conversation.ts'

const folder = new URL('../anatomy/recordings/', import.meta.url)
const files = readdirSync(folder).filter(name => name.replace('.json', '') in clientTransports)

test('there is one of each transport', () => {
  expect(files.map(name => name.replace('.json', '')).sort()).toEqual(Object.keys(clientTransports).sort())
})

test.each(files)('%s decodes to the last byte, as many as the server counted, and has every notice', name => {
  const { connections, counted, published } = captureOf(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
  const conversations = connections.map(({ chunks }) => decodeConnection(chunks))
  for (const [i, conversation] of conversations.entries()) {
    expect(conversation.broken).toEqual({})
    expectCovered(conversation, connections[i]!.chunks)
  }
  const totals = totalsOf(conversations)
  const sum = Object.values(totals.byRole).reduce((all, bytes) => all + bytes, 0)
  expect(sum).toBe(totals.bytes)
  if (counted) expect({ upBytes: totals.upBytes, downBytes: totals.downBytes }).toEqual(counted)
  const seqs = new Set(conversations.flatMap(({ messages }) => messages.flatMap(({ seqs }) => seqs)))
  for (const { seq } of published) expect(seqs).toContain(seq)
})

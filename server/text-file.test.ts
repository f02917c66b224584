import { expect, test } from 'vitest'
import { textOfFile } from './text-file.ts'

const text = '{"a":"ä ✓ 😀"}\r\n'

test.each([
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
  ['UTF-16, little end first', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16, big end first', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
])('a file in %s is read', (_, bytes) => {
  expect(textOfFile(bytes)).toBe(text)
  expect(JSON.parse(textOfFile(bytes))).toEqual({ a: 'ä ✓ 😀' })
})

test('an empty file is an empty text', () => {
  expect(textOfFile(new Uint8Array())).toBe('')
})

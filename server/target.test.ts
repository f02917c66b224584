import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pathOf, queryOf } from './target.ts'

/** What may stand in a request target: Node's parser lets no space and no control character through. */
const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'after=&limit%2+?.x'), maxLength: 40 }),
  fc
    .array(fc.constantFrom('after', 'after=', 'after=k3x9a2.42', 'limit=5', 'limit', '=', '', 'a=b=c', 'afters=1'), {
      maxLength: 6,
    })
    .map(pairs => pairs.join('&')),
)

test('a query is read as URLSearchParams reads it', () => {
  fc.assert(
    fc.property(texts, text => {
      const expected = new URLSearchParams(text.startsWith('?') ? text.slice(1) : text)
      const query = queryOf(`/api/sse?${text}`)
      for (const name of ['after', 'limit', 'a', 'x']) {
        expect(query.getAll(name)).toEqual(expected.getAll(name))
        expect(query.get(name)).toBe(expected.get(name))
      }
    }),
  )
})

test('a target without a query has no parameters', () => {
  expect(queryOf('/api/sse').get('after')).toBeNull()
  expect(queryOf('/api/sse?').getAll('after')).toEqual([])
})

test.each([
  ['/api/sse', '/api/sse'],
  ['/api/sse?after=x.1', '/api/sse'],
  ['/api/sse?', '/api/sse'],
  ['http://127.0.0.1:8080/api/sse?after=http://x/y', '/api/sse'],
  ['HTTPS://lab.example', '/'],
  ['*', '*'],
])('the path of %s is %s', (target, path) => expect(pathOf(target)).toBe(path))

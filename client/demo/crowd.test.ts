import { expect, it } from 'vitest'
import type { DemoEvent } from '../../server/demo/wire.ts'
import { oneByOne } from './crowd.ts'

const crowd: DemoEvent = {
  ...{ kind: 'crowd', t: 1000, lane: 'sse' },
  passes: [
    [3, 7, 'request', -120, -20, 512],
    [3, 7, 'answer', -20, 80, 240],
    [4, 9, 'message', -10, 90, 60, 12],
    [5, 2, 'gone', -5, -5, 0],
  ],
}

it('a crowd is what passed at each of its clients, at its own time', () => {
  const of = (client: number, connection: number) => ({ lane: 'sse', client, connection })
  expect(oneByOne([crowd])).toEqual([
    { kind: 'transit', t: 880, to: 980, ...of(3, 7), direction: 'up', what: 'request', bytes: 512 },
    { kind: 'transit', t: 980, to: 1080, ...of(3, 7), direction: 'down', what: 'answer', bytes: 240, isEmpty: true },
    { kind: 'transit', t: 990, to: 1090, ...of(4, 9), direction: 'down', what: 'message', bytes: 60, seqs: [12, 12] },
    { kind: 'disconnect', t: 995, ...of(5, 2), by: 'client' },
  ])
})

it('everything else stays as it is', () => {
  const others: DemoEvent[] = [{ kind: 'cut', t: 1 }, crowd, { kind: 'heal', t: 2000 }]
  const all = oneByOne(others)
  expect(all).toHaveLength(6)
  expect([all[0], all.at(-1)]).toEqual([others[0], others[2]])
})

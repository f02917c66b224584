import { expect, test } from 'vitest'
import { limits } from '../protocol.ts'
import { open } from './backplane.fixture.ts'

test('ids are remembered up to their bytes, and past them the oldest is forgotten', async () => {
  const { backplane } = await open('memory', 'memory')
  const idOf = (i: number): string => `${'x'.repeat(57)}${String(i).padStart(7, '0')}`
  const seqOf = async (i: number) => (await backplane.publish([{ bodyJson: '1', id: idOf(i) }])).seqs[0]
  const most = Math.floor(limits.idMemoryBytes / (128 + 64))
  for (let i = 0; i < most; i += 1000)
    await backplane.publish(
      Array.from({ length: Math.min(1000, most - i) }, (_, n) => ({ bodyJson: '1', id: idOf(i + n) })),
    )
  expect(await seqOf(0)).toBe(1)
  expect(await seqOf(most - 1)).toBe(most)
  await backplane.publish([{ bodyJson: '1', id: 'one-more' }])
  expect(await seqOf(most - 1)).toBe(most)
  expect(await seqOf(0)).toBe(most + 2)
})

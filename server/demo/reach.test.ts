import { expect, test } from 'vitest'
import { createReach } from './reach.ts'

const HOST = '192.168.1.5:8080'

test('the first one at the address that is shown answers the question', async () => {
  const reach = createReach()
  const [asked, again] = [reach.wait(HOST, 60_000), reach.wait(HOST, 60_000)]
  reach.note('10.0.0.5:8080', '10.0.0.9')
  reach.note(HOST, '192.168.1.20')
  reach.note(HOST, '192.168.1.21')
  for (const each of [asked, again]) expect(await each).toEqual({ from: '192.168.1.20', at: HOST })
})

test('after its time it says who came by another address, or that nobody did', async () => {
  const reach = createReach()
  const [nobody, another] = [reach.wait(HOST, 5), reach.wait(HOST, 50)]
  expect(await nobody).toEqual({ from: null, at: null })
  reach.note('10.0.0.5:8080', '10.0.0.9')
  expect(await another).toEqual({ from: '10.0.0.9', at: '10.0.0.5:8080' })
})

test('who waits when the server stops is told that nobody came', async () => {
  const reach = createReach()
  const asked = reach.wait(HOST, 60_000)
  reach.close()
  expect(await asked).toEqual({ from: null, at: null })
})

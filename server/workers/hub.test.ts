import { expect, it } from 'vitest'
import { createBackplane } from '../backplanes/memory.ts'
import type { Entry, Log } from '../log.ts'
import { createLog } from '../log.ts'
import type { WorkerCalls } from './calls.ts'
import type { Channel } from './channel.ts'
import { createWorkerHub, type HubWorker } from './hub.ts'

async function hubOf(maxWaitingBytes: number) {
  let log: Log | undefined
  const backplane = await createBackplane({
    url: 'memory',
    openLog: epoch => (log = createLog(epoch, { capacity: 100, capacityBytes: 1e6, coalesce: true })),
  })
  return { log: log!, hub: createWorkerHub(log!, backplane, maxWaitingBytes) }
}

/** A worker at the other end of a pipe that takes nothing until `take` is called. */
function slowMember() {
  const told: Entry[] = []
  const sent: (() => void)[] = []
  let isEnded = false
  const channel: Channel<WorkerCalls> = {
    ask: () => Promise.reject(new Error('nothing is asked here')),
    tell(_, entries, onSent) {
      told.push(...(entries as readonly Entry[]))
      sent.push(onSent!)
    },
  }
  const member: HubWorker = { channel, end: () => (isEnded = true) }
  const take = (): void => {
    for (const taken of sent.splice(0)) taken()
  }
  return { member, told, take, isEnded: () => isEnded }
}

it('a worker is told of what came after it joined, before its publish is answered', async () => {
  const { hub } = await hubOf(1e6)
  const [early, late] = [slowMember(), slowMember()]
  const ofEarly = hub.handlersOf(() => early.member)
  const ofLate = hub.handlersOf(() => late.member)
  await ofEarly.join(null)
  expect(await ofEarly.publish([{ bodyJson: '1' }, { bodyJson: '2' }])).toMatchObject({ seqs: [1, 2], head: 2 })
  expect(early.told.map(({ seq }) => seq)).toEqual([1, 2])
  // Appended, and not handed over yet, when the other joins: it is part of what it finds.
  const publishing = ofEarly.publish([{ bodyJson: '3' }])
  expect(await ofLate.join(null)).toMatchObject({ head: 3 })
  await publishing
  await ofLate.publish([{ bodyJson: '4' }])
  expect(early.told.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  expect(late.told.map(({ seq }) => seq)).toEqual([4])
  const { epoch } = await ofLate.position(null)
  expect((await ofLate.read({ epoch, seq: 1, limit: 2 })).map(({ seq }) => seq)).toEqual([2, 3])
  expect(await ofLate.read({ epoch: 'elsewhere', seq: 1, limit: 2 })).toEqual([])
  hub.leave(late.member)
  await ofEarly.publish([{ bodyJson: '5' }])
  expect(late.told).toHaveLength(1)
})

it('a worker that takes nothing is ended before its notices fill the memory, one that is only late is not', async () => {
  const { hub } = await hubOf(1000)
  const [stuck, late] = [slowMember(), slowMember()]
  for (const { member } of [stuck, late]) await hub.handlersOf(() => member).join(null)
  const { publish } = hub.handlersOf(() => late.member)
  for (let i = 0; i < 10; i++) {
    await publish([{ bodyJson: JSON.stringify('x'.repeat(200)) }])
    late.take()
  }
  expect([stuck.isEnded(), late.isEnded()]).toEqual([true, false])
  expect(stuck.told.length).toBeLessThan(6)
  expect(late.told).toHaveLength(10)
})

// The backplane of one worker among several: the primary, which numbers every notice and tells all workers of it in the same order.
import type { Entry, Log } from '../log.ts'
import type { PrimaryCalls, WorkerCalls } from '../workers/calls.ts'
import { type Channel, createChannel, type Port } from '../workers/channel.ts'
import { BackplaneAway, type CreateBackplane, OutcomeUnknown } from './backplane.ts'

/** What else the primary asks of a worker, answered by its program. */
type Rest = Pick<WorkerCalls, 'status' | 'stop'>

let log: Log | undefined
/** Told before the log was there: the answer that opens it and what comes behind that may be read in one turn. */
const early: Entry[] = []
let appendedNs = 0n
let channel: Channel<PrimaryCalls> | undefined

/** This process's channel to its primary; `handlers` answers what is not about the stream. To be opened once, before the server is started. */
export function openPrimary(
  handlers: { [Name in keyof Rest]: (argument: Rest[Name]['argument']) => Promise<Rest[Name]['result']> },
) {
  channel = createChannel<WorkerCalls, PrimaryCalls>(process as Port, {
    ...handlers,
    append(entries) {
      // Without coalescing, appending is telling every subscriber.
      appendedNs = process.hrtime.bigint()
      if (log) log.append(entries)
      else early.push(...entries)
    },
  })
  return channel
}

export const createBackplane: CreateBackplane = async context => {
  if (!channel) throw new Error('--backplane primary is for the workers of one server: --workers N')
  const primary = channel
  // Told of nothing before this is answered, and of everything after it: the channel keeps the order.
  const { epoch, head } = await primary.ask('join', null)
  log = context.openLog(epoch, head)
  log.append(early)
  /** A question that changes nothing may be asked again. */
  const ask = <Name extends 'position' | 'read'>(name: Name, argument: PrimaryCalls[Name]['argument']) =>
    primary.ask(name, argument).catch((error: Error): never => {
      throw new BackplaneAway(error.message)
    })

  return {
    name: 'memory',
    async publish(publications) {
      if (!process.connected) throw new BackplaneAway('the primary process is gone')
      const published = await primary.ask('publish', publications).catch((error: Error): never => {
        throw new OutcomeUnknown(error.message)
      })
      return { ...published, appendedNs }
    },
    position: () => ask('position', null),
    read: (epoch, seq, limit) => ask('read', { epoch, seq, limit }),
    health: () => (process.connected ? { healthy: true } : { healthy: false, detail: 'the primary process is gone' }),
    async close() {},
  }
}

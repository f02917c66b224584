// The one stream of several workers: the primary's log and numbering; whatever is appended is told to all that joined, in order.
import type { Backplane } from '../backplanes/backplane.ts'
import { bytesOf, type Entry, type Log } from '../log.ts'
import type { PrimaryCalls, WorkerCalls } from './calls.ts'
import type { Channel, Handlers } from './channel.ts'

/** Bytes of notices that may wait for one worker: one that is so far behind is ended, and catches up from the log once it was started again. */
const MAX_WAITING_BYTES = 128 * 1024 * 1024
/** How much of the log one answer to `read` carries. */
const READ_BYTES = 4 * 1024 * 1024

export interface HubWorker {
  readonly channel: Channel<WorkerCalls>
  /** Ends the worker at once. */
  readonly end: () => void
}

export interface WorkerHub {
  /** The answers to one worker's questions about the stream. */
  handlersOf(member: () => HubWorker): Pick<Handlers<PrimaryCalls>, 'join' | 'publish' | 'position' | 'read'>
  leave(member: HubWorker): void
}

export function createWorkerHub(log: Log, backplane: Backplane, maxWaitingBytes = MAX_WAITING_BYTES): WorkerHub {
  const waitingBytes = new Map<HubWorker, number>()

  function tell(member: HubWorker, entries: readonly Entry[], bytes: number): void {
    const waiting = waitingBytes.get(member)! + bytes
    waitingBytes.set(member, waiting)
    member.channel.tell('append', entries, () => {
      const left = waitingBytes.get(member)
      if (left !== undefined) waitingBytes.set(member, left - bytes)
    })
    if (waiting <= maxWaitingBytes) return
    waitingBytes.delete(member)
    member.end()
  }

  log.listen(({ entries }) => {
    const bytes = bytesOf(entries)
    for (const member of [...waitingBytes.keys()]) tell(member, entries, bytes)
  })

  return {
    handlersOf: member => ({
      join() {
        const { epoch, head } = log
        log.follow(epoch, head)
        waitingBytes.set(member(), 0)
        return { epoch, head }
      },
      async publish(publications) {
        const { epoch, seqs, head } = await backplane.publish(publications)
        // The log hands over at the end of the turn it was appended in; the answer goes out behind that.
        await new Promise(resolve => setImmediate(resolve))
        return { epoch, seqs, head }
      },
      position: () => backplane.position(),
      read: ({ epoch, seq, limit }) => (epoch === log.epoch ? log.after(seq, limit, READ_BYTES).entries : []),
    }),
    leave: member => void waitingBytes.delete(member),
  }
}

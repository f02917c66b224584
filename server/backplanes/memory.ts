// The backplane of a single server: a counter and its memory of publish ids. The stream lives as long as the process.

import { nowMs } from '../clock.ts'
import { newEpoch } from '../epoch.ts'
import { toEntry } from '../log.ts'
import { limits } from '../protocol.ts'
import type { CreateBackplane } from './backplane.ts'

/** What an id takes besides its characters. */
const ID_BYTES = 128

export const createBackplane: CreateBackplane = async context => {
  const epoch = newEpoch()
  const log = context.openLog(epoch, 0)
  // Insertion order is age order, so forgetting stops at the first one that is young enough.
  const ids = new Map<string, { seq: number; forgetAt: number }>()

  let idBytes = 0

  function remember(id: string, seq: number, now: number): void {
    ids.set(id, { seq, forgetAt: now + limits.idMemoryMs })
    idBytes += ID_BYTES + id.length
    forget(now)
  }

  function forget(now: number): void {
    for (const [id, { forgetAt }] of ids) {
      if (forgetAt > now && idBytes <= limits.idMemoryBytes) return
      ids.delete(id)
      idBytes -= ID_BYTES + id.length
    }
  }

  return {
    name: 'memory',
    async publish(publications) {
      const at = nowMs()
      const monotonicMs = performance.now()
      forget(monotonicMs)
      let head = log.head
      const entries = []
      const seqs = []
      for (const { bodyJson, id } of publications) {
        const known = id === undefined ? undefined : ids.get(id)
        if (known) {
          seqs.push(known.seq)
          continue
        }
        const seq = ++head
        entries.push(toEntry(seq, at, bodyJson))
        if (id !== undefined) remember(id, seq, monotonicMs)
        seqs.push(seq)
      }
      // Without coalescing, appending is telling every subscriber.
      const appendedNs = process.hrtime.bigint()
      log.append(entries)
      return { epoch, seqs, head: log.head, appendedNs }
    },
    async position() {
      return { epoch, seq: log.head, earliest: log.earliest }
    },
    health: () => ({ healthy: true }),
    async close() {},
  }
}

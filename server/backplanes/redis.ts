// The backplane of several servers over Redis Streams: one script numbers and appends, and every server tails the stream into its log.
import { type Entry, toEntry } from '../log.ts'
import { BackplaneAway, type CreateBackplane } from './backplane.ts'
import { createTailArrivals, keepLink } from './networked/tail.ts'
import { openLink, type RedisLink, type Reply } from './redis/link.ts'
import { createNumbering, type Numbered } from './redis/numbering.ts'

/** Notices that Redis keeps: as many as a server's log by default. */
const KEPT = 100_000
/** Held from the start by a server that comes later, so that subscribers of its siblings need not ask Redis. */
const PRELOADED = 1000
/** The tail waits so long for news; after each return it looks whether the stream is still the current one. */
const BLOCK_MS = 1000
const PER_READ = 1000

/** The id of an entry is its number, so that a range of the stream is a range of the log. */
const APPEND = "redis.call('XADD', state .. ':' .. epoch, 'MAXLEN', most, seq .. '-0', 'at', now, 'body', body)"

export const createBackplane: CreateBackplane = async ({ url, openLog }) => {
  const { searchParams } = new URL(url)
  const key = `{transport-lab}:${searchParams.get('stream') ?? 'notices'}`
  const address = url.split('?')[0]!
  const numbering = createNumbering(key, APPEND, KEPT)
  const streamOf = (epoch: string): string => `${key}:${epoch}`

  const first = await openLink(address)
  let start: Numbered
  let oldest: number
  try {
    start = await numbering.number(first, [])
    oldest = await earliestOf(first, start.epoch, start.head)
  } catch (error) {
    first.end()
    throw error
  }
  const log = openLog(start.epoch, Math.max(oldest - 1, start.head - PRELOADED, 0))
  const arrivals = createTailArrivals(log)

  /** Oldest number that Redis holds; head + 1 where it holds none. */
  async function earliestOf(link: RedisLink, epoch: string, head: number): Promise<number> {
    const [entry] = entriesOf(await link.ask('XRANGE', streamOf(epoch), '-', '+', 'COUNT', '1'))
    return entry?.seq ?? head + 1
  }

  let onFirstCatchUp = (): void => {}
  const caughtUp = new Promise<void>(resolve => {
    onFirstCatchUp = resolve
  })

  const keeper = keepLink(
    first,
    () => openLink(address),
    async (link, isHealthy) => {
      // Asking for the position also starts a new epoch where this Redis is another one than before.
      let current = await numbering.number(link, [])
      for (let isKnown = true; ; ) {
        if (current.epoch !== log.epoch) arrivals.reset(current.epoch)
        isHealthy()
        if (log.epoch !== start.epoch || log.head >= start.head) onFirstCatchUp()
        const [epoch, read] = await link.waitAll(
          BLOCK_MS,
          ['HGET', key, 'epoch'],
          [
            'XREAD',
            'COUNT',
            String(PER_READ),
            'BLOCK',
            String(isKnown ? BLOCK_MS : 1),
            'STREAMS',
            streamOf(log.epoch),
            `${log.head}-0`,
          ],
        )
        isKnown = epoch === log.epoch
        if (isKnown) arrivals.append(streamEntries(read))
        else current = await numbering.number(link, [])
      }
    },
  )
  // What was published before is there before the first subscriber is.
  await caughtUp

  function linked(): RedisLink {
    const { link } = keeper
    if (link) return link
    throw new BackplaneAway(keeper.health().detail ?? 'Redis is not connected')
  }

  return {
    name: 'redis',
    async publish(publications) {
      const { epoch, head, seqs } = await numbering.number(linked(), publications)
      const appendedNs = await arrivals.seen(epoch, Math.max(...seqs))
      return { epoch, seqs, head, appendedNs }
    },
    async position() {
      const link = linked()
      const { epoch, head } = await numbering.number(link, [])
      return { epoch, seq: head, earliest: await earliestOf(link, epoch, head) }
    },
    read: async (epoch, seq, limit) =>
      entriesOf(await linked().ask('XRANGE', streamOf(epoch), `${seq + 1}-0`, '+', 'COUNT', String(limit))),
    health: keeper.health,
    close: keeper.close,
  }
}

/** Entries of a stream's range: `[[id, [name, value, …]], …]`. */
function entriesOf(reply: Reply): Entry[] {
  return ((reply ?? []) as [string, string[]][]).map(([id, [, at, , body]]) =>
    toEntry(Number(id.split('-')[0]), Number(at), body!),
  )
}

/** Those of a read of one stream, null where nothing came in time. */
const streamEntries = (reply: Reply): Entry[] => entriesOf((reply as [string, Reply][] | null)?.[0]?.[1])

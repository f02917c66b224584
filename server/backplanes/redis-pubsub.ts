// The backplane that most tutorials build: Redis Pub/Sub. It numbers as the other does and keeps nothing, so what a server does not hear is
// lost to its subscribers. It is here for the experiment that shows how much that is.
import { toEntry } from '../log.ts'
import { BackplaneAway, type CreateBackplane } from './backplane.ts'
import { createTailArrivals, keepLink } from './networked/tail.ts'
import { openLink, type RedisLink } from './redis/link.ts'
import { createNumbering } from './redis/numbering.ts'

/** How often a subscription that hears nothing asks whether the stream is still the current one. */
const CHECK_MS = 1000

const PUBLISH = "redis.call('PUBLISH', state, epoch .. ' ' .. seq .. ' ' .. now .. ' ' .. body)"

export const createBackplane: CreateBackplane = async ({ url, openLog }) => {
  const { searchParams } = new URL(url)
  const key = `{transport-lab}:pubsub:${searchParams.get('stream') ?? 'notices'}`
  const address = url.split('?')[0]!.replace(/^redis-pubsub/, 'redis')
  const numbering = createNumbering(key, PUBLISH, 0)
  const first = await openLink(address)
  const start = await numbering.number(first, []).catch((error: unknown) => {
    first.end()
    throw error
  })
  const log = openLog(start.epoch, start.head)
  const arrivals = createTailArrivals(log)

  let onFirstSubscribed = (): void => {}
  const subscribed = new Promise<void>(resolve => {
    onFirstSubscribed = resolve
  })
  const keeper = keepLink(
    first,
    () => openLink(address),
    async (link, isHealthy) => {
      await link.subscribe(key, message => {
        const [, epoch, seq, at, body] = /^(\S+) (\S+) (\S+) (.*)$/s.exec(message)!
        if (epoch !== log.epoch) arrivals.reset(epoch!, Number(seq) - 1)
        arrivals.append([toEntry(Number(seq), Number(at), body!)])
      })
      for (;;) {
        const { epoch, head } = await numbering.number(link, [])
        if (epoch !== log.epoch) arrivals.reset(epoch, head)
        isHealthy()
        onFirstSubscribed()
        await new Promise(resolve => setTimeout(resolve, CHECK_MS))
      }
    },
  )

  await subscribed

  function linked(): RedisLink {
    const { link } = keeper
    if (link) return link
    throw new BackplaneAway(keeper.health().detail ?? 'Redis is not connected')
  }

  return {
    name: 'redis-pubsub',
    async publish(publications) {
      const { epoch, head, seqs } = await numbering.number(linked(), publications)
      const appendedNs = await arrivals.seen(epoch, Math.max(...seqs))
      return { epoch, seqs, head, appendedNs }
    },
    async position() {
      const { epoch, head } = await numbering.number(linked(), [])
      return { epoch, seq: head, earliest: log.earliest }
    },
    health: keeper.health,
    close: keeper.close,
  }
}

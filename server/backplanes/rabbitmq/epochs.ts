// Which epoch is the current one: a small stream beside the others says so, and all servers read it to its end before they do anything else.
import { randomBytes } from 'node:crypto'
import { newEpoch } from '../../epoch.ts'
import { ANSWER_MS, type RabbitmqLink } from './link.ts'

export interface Epochs {
  /** Undefined where there never was one. */
  readonly current: string | undefined
  /** Makes a new one in place of the current one; gives the one that is current then, which may be another server's. */
  replace(): Promise<string>
}

export const streamOf = (name: string, epoch: string): string => `${name}.${epoch}`

/**
 * Reads what was said of epochs, and goes on reading. Every record names a new epoch and the one it follows, and counts only where that is the
 * current one: so of two servers that see the stream broken the first one wins, for all. A server leaves a mark when it comes, to see that it has
 * read all; the stream grows by about 150 bytes with each and is never trimmed.
 */
export async function followEpochs(
  link: RabbitmqLink,
  name: string,
  keptBytes: number,
  onChange: (epoch: string) => void,
): Promise<Epochs> {
  const stream = `${name}.epochs`
  let current: string | undefined
  const awaited = new Map<string, () => void>()

  /** Settles once this server has read the record itself. */
  async function write(headers: Record<string, string>): Promise<void> {
    const messageId = randomBytes(12).toString('hex')
    const read = new Promise<void>(resolve => awaited.set(messageId, resolve))
    const silence = setTimeout(() => link.end(`the stream brought nothing within ${ANSWER_MS / 1000} s`), ANSWER_MS)
    link.send(stream, { messageId, headers, content: Buffer.alloc(0) }).catch((error: Error) => link.end(error.message))
    await Promise.race([read, link.ended.then(why => Promise.reject(new Error(why)))]).finally(() =>
      clearTimeout(silence),
    )
  }

  await link.create(stream)
  const stop = await link.follow(stream, 'first', ({ messageId, headers: { epoch, follows } }) => {
    if (typeof epoch === 'string' && follows === (current ?? '')) {
      current = epoch
      onChange(epoch)
    }
    awaited.get(messageId)?.()
    awaited.delete(messageId)
  })
  if (!stop) throw new Error(`the stream ${stream} is gone`)
  await write({})
  return {
    get current() {
      return current
    },
    async replace() {
      const before = current
      const epoch = newEpoch()
      // Whoever still publishes to the old one is told that it is gone, instead of publishing where nobody reads.
      if (before !== undefined) await link.remove(streamOf(name, before))
      await link.create(streamOf(name, epoch), keptBytes)
      await write({ epoch, follows: before ?? '' })
      if (current !== epoch) await link.remove(streamOf(name, epoch))
      return current!
    },
  }
}

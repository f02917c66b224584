// The backplane of several servers over RabbitMQ streams: each publish is one message, and every server numbers what the stream brings it.
import { randomBytes } from 'node:crypto'
import { nowMs } from '../clock.ts'
import type { Log } from '../log.ts'
import { BackplaneAway, type CreateBackplane, OutcomeUnknown, type Publication } from './backplane.ts'
import { createTailArrivals, keepLink, type TailArrivals } from './networked/tail.ts'
import { parseAddress } from './rabbitmq/address.ts'
import { followEpochs, streamOf } from './rabbitmq/epochs.ts'
import { createHistory, type History } from './rabbitmq/history.ts'
import { ANSWER_MS, openLink, type RabbitmqLink } from './rabbitmq/link.ts'
import type { Numbered, Numbering } from './rabbitmq/numbering.ts'
import { encodeRecord, type Place } from './rabbitmq/record.ts'
import { followStream } from './rabbitmq/tail.ts'

/** One place in so many records is remembered for reading what is older than the log. */
const PASSED = 256
const ATTEMPTS = 3
const STARTED_OVER = 'the stream started over meanwhile'

/** This server in one epoch of the stream. */
interface EpochStream {
  readonly epoch: string
  readonly stream: string
  readonly numbering: Numbering
  readonly history: History
}

interface Pending {
  readonly epoch: string
  readonly resolve: (numbered: Numbered) => void
  readonly reject: (error: Error) => void
}

/**
 * `rabbitmq://USER:PASSWORD@HOST:PORT/VHOST?stream=NAME&bytes=N`: `bytes` is what a stream keeps when this server is the one that makes it.
 * An array is stored all or none, for it is one message. An id is remembered for ten minutes, by a server that came later as far as the stream
 * still holds them. What RabbitMQ confirmed outlives its process, but it leaves writing to the disk to the kernel: after a power cut the newest
 * notices may be gone. A server that saw them then starts a new epoch; where none is left that did, their numbers are given again.
 */
export const createBackplane: CreateBackplane = async ({ url, openLog }) => {
  const address = parseAddress(url)
  const { shown, keptBytes } = address
  const self = randomBytes(8).toString('hex')
  let written = 0
  const newMessageId = (): string => `${self}.${++written}`

  let log: Log | undefined
  let arrivals: TailArrivals
  let session: EpochStream | undefined
  const pending = new Map<string, Pending>()
  const underWay = new Map<string, Promise<number | undefined>>()

  /** What the stream brings, into the log and to whoever waits for it. */
  function deliver(epoch: string, history: History, numbered: Numbered): void {
    const { record, entries, head, isVoid, repeatsVoid } = numbered
    const before = head - entries.length
    if (!log) {
      log = openLog(epoch, before)
      arrivals = createTailArrivals(log)
    } else if (log.epoch !== epoch) {
      arrivals.reset(epoch, before)
      for (const each of pending.values()) each.reject(new OutcomeUnknown(STARTED_OVER))
    }
    arrivals.append(entries)
    if (record.offset % PASSED === 0) history.pass({ offset: record.offset, count: head })
    const waiting = pending.get(record.messageId)
    if (!waiting) return
    if (isVoid) waiting.reject(new BackplaneAway(`${shown} brings its messages too late`))
    else if (repeatsVoid) waiting.reject(new OutcomeUnknown(`${shown} brings its messages too late`))
    else waiting.resolve(numbered)
  }

  /** Brings this server to the end of the current epoch's stream, or of a new one where that cannot be followed. */
  async function enter(link: RabbitmqLink): Promise<void> {
    let entered = ''
    const epochs = await followEpochs(link, address.stream, keptBytes, epoch => {
      if (entered !== '' && epoch !== entered) link.end('the stream starts over')
    })
    let epoch = epochs.current ?? (await epochs.replace())
    for (;;) {
      const stream = streamOf(address.stream, epoch)
      const isKnown = session?.epoch === epoch
      const history = isKnown ? session!.history : createHistory()
      const known = isKnown ? session!.numbering : undefined
      const numbering = await followStream(link, stream, known, newMessageId, each => deliver(epoch, history, each))
      if (epochs.current !== epoch) throw new Error('the stream starts over')
      const isBehind = numbering && log?.epoch === epoch && numbering.place!.count < log.head
      if (numbering && !isBehind) {
        session = { epoch, stream, numbering, history }
        entered = epoch
        // For whoever comes when nothing was published for long.
        link.send(stream, record(numbering, newMessageId(), [])).catch(() => {})
        return
      }
      epoch = await epochs.replace()
    }
  }

  const record = (numbering: Numbering, messageId: string, notices: readonly Publication[]) =>
    encodeRecord({ messageId, at: nowMs(), seen: numbering.place, notices })

  let latest = await openLink(address)
  for (let attempt = 1; ; attempt++) {
    try {
      await enter(latest)
      break
    } catch (error) {
      latest.end()
      // RabbitMQ closes a connection that would read what it trims just then.
      if (attempt === ATTEMPTS) throw error
      latest = await openLink(address)
    }
  }
  let isEntered = true
  const keeper = keepLink(
    latest,
    () => openLink(address),
    async (link, isHealthy) => {
      latest = link
      if (!isEntered) await enter(link)
      isEntered = false
      isHealthy()
      throw new Error(await link.ended)
    },
  )

  function live(): EpochStream & { readonly link: RabbitmqLink; readonly place: Place } {
    const { link } = keeper
    const place = session?.numbering.place
    if (!link || !place) throw new BackplaneAway(keeper.health().detail ?? `${shown} is not connected`)
    return { ...session!, link, place }
  }

  /**
   * Writes one message and waits for it to come back. It is never written twice: where the link is lost meanwhile, the next one may still bring
   * it, and else whether it is there remains unknown.
   */
  async function write(notices: readonly Publication[]): Promise<Numbered> {
    const { link, epoch, stream, numbering } = live()
    const messageId = newMessageId()
    let timer: NodeJS.Timeout | undefined
    const back = new Promise<Numbered>((resolve, reject) => {
      pending.set(messageId, { epoch, resolve, reject })
      timer = setTimeout(() => {
        const why = `${shown} did not answer within ${ANSWER_MS / 1000} s`
        reject(new OutcomeUnknown(why))
        link.end(why)
      }, ANSWER_MS)
      link.send(stream, record(numbering, messageId, notices)).catch((error: Error) => {
        if (error instanceof BackplaneAway) reject(error)
      })
    })
    return back.finally(() => {
      clearTimeout(timer)
      pending.delete(messageId)
    })
  }

  /** One that is awaited already is not written again, though the stream would count it once. */
  async function publish(publications: readonly Publication[]) {
    const { epoch, numbering } = live()
    const fresh: Publication[] = []
    const own = new Map<string, number>()
    const places = publications.map(publication => {
      const { id } = publication
      const known = id === undefined ? undefined : (numbering.numberOf(id) ?? underWay.get(id))
      if (known !== undefined) return { known }
      const index = (id === undefined ? undefined : own.get(id)) ?? fresh.push(publication) - 1
      if (id !== undefined) own.set(id, index)
      return { index }
    })
    const numbered = fresh.length > 0 ? write(fresh) : undefined
    for (const [id, index] of own) {
      const seq = numbered!.then(({ seqs }) => seqs[index])
      underWay.set(id, seq)
      seq.catch(() => {}).finally(() => underWay.delete(id))
    }
    const head = (await numbered)?.head ?? log!.head
    const seqs: number[] = []
    for (const place of places) {
      const seq = 'known' in place ? await place.known : (await numbered)!.seqs[place.index!]
      if (seq === undefined) throw new OutcomeUnknown('its id was published before this server came')
      if (log!.epoch !== epoch) throw new OutcomeUnknown(STARTED_OVER)
      seqs.push(seq)
    }
    return { epoch, seqs, head, appendedNs: await arrivals.seen(epoch, Math.max(...seqs)) }
  }

  /** Where the stream ended at some time after the call: a record without notices comes back from there. */
  const ask = shareNext(async () => {
    const { head } = await write([]).catch((error: Error) => {
      throw new BackplaneAway(error.message)
    })
    const { link, epoch, stream, history, place } = live()
    const earliest = log!.earliest === 1 ? 1 : await history.earliest(link, stream, place)
    return { epoch, seq: head, earliest }
  })

  return {
    name: 'rabbitmq',
    publish,
    position: ask,
    async read(epoch, seq, limit) {
      const { link, stream, history, place, ...current } = live()
      return epoch === current.epoch ? history.read(link, stream, place, seq, limit) : []
    },
    health: keeper.health,
    close() {
      for (const each of pending.values()) each.reject(new OutcomeUnknown('the server stopped meanwhile'))
      latest.end()
      return keeper.close()
    },
  }
}

/** Calls that come while one is under way share the next. */
function shareNext<Result>(ask: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined
  let next: Promise<Result> | undefined
  const start = (): Promise<Result> => {
    next = undefined
    const asked = ask()
    running = asked
    const over = (): void => {
      if (running === asked) running = undefined
    }
    asked.then(over, over)
    return asked
  }
  return () => {
    if (!running) return start()
    next ??= running.then(start, start)
    return next
  }
}

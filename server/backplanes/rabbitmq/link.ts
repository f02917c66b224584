// Two connections to a RabbitMQ, one that publishes and one that reads: the broker slows down the one that publishes, and reading goes on.
import { type Channel, type ChannelModel, connect } from 'amqplib'
import { BackplaneAway, OutcomeUnknown } from '../backplane.ts'
import { type RabbitmqAddress, reasonOf } from './address.ts'
import { type From, type Reading, startReading } from './reader.ts'
import type { ConsumedMessage, Message } from './record.ts'

const OLDEST = { major: 3, minor: 9 }
const CONNECT_MS = 3000
/** An answer that takes longer is not waited for. */
export const ANSWER_MS = 3000
/** Two that are missed end a connection. */
const HEARTBEAT_S = 5
/** What may be on its way to the broker; more is refused, or a broker that stands still would fill the memory. */
const UNCONFIRMED_BYTES = 32 * 1024 * 1024

export interface RabbitmqLink {
  /** Settles once the broker has it. Throws BackplaneAway where it was not sent or there is no such stream, OutcomeUnknown where no answer came. */
  send(stream: string, message: Message): Promise<void>
  /** Calls `listener` with each message from there on; undefined where there is no such stream. Gives what stops it; the link ends with it. */
  follow(stream: string, from: From, listener: (delivery: ConsumedMessage) => void): Promise<(() => void) | undefined>
  /** The same on a third connection, that may be lost alone: RabbitMQ closes one that would read what it trims just then. */
  browse(
    stream: string,
    from: From,
    listener: (delivery: ConsumedMessage) => void,
    onLost: (why: string) => void,
  ): Promise<(() => void) | undefined>
  /** Makes the stream where it is not there; `keptBytes` in segments of a tenth of that, undefined = everything is kept. */
  create(stream: string, keptBytes?: number): Promise<void>
  /** Removes it where it is there, so that nobody publishes to it any more. */
  remove(stream: string): Promise<void>
  /** Settles with the reason once either connection is gone. */
  readonly ended: Promise<string>
  end(why?: string): void
}

interface Closed {
  readonly code?: number
  readonly message: string
}

/** Connects. Throws a sentence where it cannot be used. */
export async function openLink(address: RabbitmqAddress): Promise<RabbitmqLink> {
  const { shown } = address
  const gone = `${shown} no longer has the stream`
  let tell: (why: string) => void = () => {}
  const ended = new Promise<string>(resolve => {
    tell = resolve
  })
  let isOver = false
  let unconfirmedBytes = 0
  const models: ChannelModel[] = []

  function end(why = 'closed'): void {
    if (isOver) return
    isOver = true
    tell(why)
    for (const model of models) cut(model)
  }

  async function open(onLost: (why: string) => void): Promise<ChannelModel> {
    const model = await connect({ ...address.options, heartbeat: HEARTBEAT_S }, { noDelay: true, timeout: CONNECT_MS })
    models.push(model)
    model.on('error', error => onLost(reasonOf(error, address)))
    model.on('close', error => onLost(error ? reasonOf(error, address) : `${shown} closed the connection`))
    // Short of disk or memory it reads no more from who publishes, so what was sent may lie there for hours.
    model.on('blocked', reason => end(`${shown} takes no messages: ${reason}`))
    // The other connection may have failed meanwhile.
    if (isOver) cut(model)
    return model
  }

  async function within<Result>(asked: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const why = `${shown} did not answer within ${ANSWER_MS / 1000} s`
        end(why)
        reject(new BackplaneAway(why))
      }, ANSWER_MS)
    })
    return Promise.race([asked, late]).finally(() => clearTimeout(timer))
  }

  /** A channel for one order: a refused order closes its channel. */
  async function order<Result>(give: (channel: Channel) => Promise<Result>): Promise<Result> {
    if (isOver) throw new BackplaneAway(`${shown} is not connected`)
    try {
      const channel = await within(reading.createChannel())
      channel.on('error', () => {})
      const result = await within(give(channel))
      await within(channel.close())
      return result
    } catch (error) {
      throw new BackplaneAway(isOver ? await ended : reasonOf(error as Closed, address))
    }
  }

  async function read(model: Promise<ChannelModel>, what: Reading): Promise<(() => void) | undefined> {
    if (isOver) throw new BackplaneAway(`${shown} is not connected`)
    try {
      return await within(model.then(opened => startReading(opened, what)))
    } catch (error) {
      if ((error as Closed).code === 404) return undefined
      throw new BackplaneAway(isOver ? await ended : reasonOf(error as Closed, address))
    }
  }

  let browsing: Promise<ChannelModel> | undefined
  let publishing: ChannelModel
  let reading: ChannelModel
  let channel: Awaited<ReturnType<ChannelModel['createConfirmChannel']>>
  try {
    ;[publishing, reading] = await Promise.all([open(end), open(end)])
    checkVersion(reading, shown)
    channel = await within(publishing.createConfirmChannel())
  } catch (error) {
    const why = isOver ? await ended : reasonOf(error as Closed, address)
    end()
    throw new Error(why)
  }
  // One whose stream is gone comes back before it is confirmed.
  const returned = new Set<unknown>()
  channel.on('return', ({ properties }) => returned.add(properties.messageId))
  channel.on('error', error => end(reasonOf(error, address)))

  return {
    send(stream, { messageId, headers, content }) {
      if (isOver) return Promise.reject(new BackplaneAway(`${shown} is not connected`))
      if (unconfirmedBytes + content.length > UNCONFIRMED_BYTES)
        return Promise.reject(new BackplaneAway(`${shown} is slower than it is published to`))
      return new Promise((resolve, reject) => {
        const settle = (error: Error | null): void => {
          unconfirmedBytes -= content.length
          if (error) reject(new OutcomeUnknown(`${shown} did not confirm it`))
          else if (returned.delete(messageId)) {
            reject(new BackplaneAway(gone))
            end(gone)
          } else resolve()
        }
        unconfirmedBytes += content.length
        try {
          channel.publish('', stream, content, { mandatory: true, persistent: true, messageId, headers }, settle)
        } catch {
          unconfirmedBytes -= content.length
          reject(new BackplaneAway(`${shown} is not connected`))
        }
      })
    },
    follow: (stream, from, listener) => read(Promise.resolve(reading), { stream, from, listener, onLost: end }),
    browse(stream, from, listener, onLost) {
      const forget = (): void => {
        browsing = undefined
      }
      browsing ??= open(forget)
      browsing.catch(forget)
      return read(browsing, { stream, from, listener, onLost })
    },
    create: (stream, keptBytes) =>
      order(channel =>
        channel.assertQueue(stream, {
          durable: true,
          arguments: {
            'x-queue-type': 'stream',
            ...(keptBytes !== undefined && {
              'x-max-length-bytes': keptBytes,
              'x-stream-max-segment-size-bytes': Math.floor(keptBytes / 10),
            }),
          },
        }),
      ).then(() => {}),
    remove: stream => order(channel => channel.deleteQueue(stream)).then(() => {}),
    ended,
    end,
  }
}

/** An orderly goodbye needs a broker that answers; whoever ends a link does not wait for one. */
function cut({ connection }: ChannelModel): void {
  const { stream } = connection as unknown as { stream: import('node:net').Socket }
  stream.destroy(new Error('closed'))
}

function checkVersion({ connection }: ChannelModel, shown: string): void {
  const { product = '', version = '' } = connection.serverProperties
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? []
  const isOld = Number(major) < OLDEST.major || (Number(major) === OLDEST.major && Number(minor) < OLDEST.minor)
  if (isOld || product !== 'RabbitMQ')
    throw new Error(`${shown} must be RabbitMQ ${OLDEST.major}.${OLDEST.minor} or newer, got ${product} ${version}`)
}

// Reads a stream from somewhere on, on a channel of its own.
import type { ChannelModel, ConsumeMessage } from 'amqplib'
import type { ConsumedMessage } from './record.ts'

/** Messages on their way to a reader, a quarter acknowledged at once. RabbitMQ reads as many before it sends the first. */
const PREFETCH = 200
/** The rest is acknowledged a little later: RabbitMQ closes a channel where a message waits for half an hour. */
const ACKNOWLEDGE_MS = 1000

/** Where reading begins: an offset, what came after a time, or all there is. */
export type From = number | { readonly sinceMs: number } | 'first'

export interface Reading {
  readonly stream: string
  readonly from: From
  readonly listener: (delivery: ConsumedMessage) => void
  /** Called once where no more comes: the stream is gone, or the channel, or the listener threw. */
  readonly onLost: (why: string) => void
}

/** Gives what stops it. Rejects as amqplib does: code 404 = there is no such stream. */
export async function startReading(model: ChannelModel, reading: Reading): Promise<() => void> {
  const { stream, from, listener, onLost } = reading
  const channel = await model.createChannel()
  let isOver = false
  let unacknowledged: ConsumeMessage[] = []
  let timer: NodeJS.Timeout | undefined
  let why = 'the channel was closed'
  const lose = (reason: string): void => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    onLost(reason)
  }
  channel.on('error', (error: Error) => {
    why = error.message
  })
  let isReading = false
  // Before that, whoever asked is told.
  channel.on('close', () => isReading && lose(why))
  const acknowledge = (): void => {
    clearTimeout(timer)
    timer = undefined
    const newest = unacknowledged.at(-1)
    unacknowledged = []
    if (newest && !isOver) channel.ack(newest, true)
  }
  const take = (message: ConsumeMessage | null): void => {
    if (isOver) return
    if (!message) return lose('the stream is gone')
    try {
      unacknowledged.push(message)
      if (unacknowledged.length >= PREFETCH / 4) acknowledge()
      else timer ??= setTimeout(acknowledge, ACKNOWLEDGE_MS)
      listener(toMessage(message))
    } catch (error) {
      lose((error as Error).message)
    }
  }
  const offset = typeof from === 'object' ? { '!': 'timestamp', value: Math.floor(from.sinceMs / 1000) } : from
  try {
    await channel.prefetch(PREFETCH)
    await channel.consume(stream, take, { arguments: { 'x-stream-offset': offset } })
    isReading = true
  } catch (error) {
    isOver = true
    throw error
  }
  return () => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    channel.close().catch(() => {})
  }
}

function toMessage({ properties, content }: ConsumeMessage): ConsumedMessage {
  const { headers = {}, messageId } = properties
  return { offset: headers['x-stream-offset'], messageId: String(messageId), headers, content }
}

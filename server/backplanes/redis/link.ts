// Two connections to a Redis, one for commands and one that waits, made and given up together: half a link says nothing of the other half.
import { createClient, ErrorReply } from '@redis/client'
import { BackplaneAway, OutcomeUnknown } from '../backplane.ts'
import { shownUrl } from '../networked/shown-url.ts'

const OLDEST = { major: 6, minor: 2 }
const CONNECT_MS = 3000
/** An answer that takes longer is not waited for: the link is given up, and what was asked may or may not have happened. */
export const ANSWER_MS = 3000

export type Reply = string | number | null | undefined | Reply[]

export interface RedisLink {
  /** Sends a command. Throws BackplaneAway where it was not sent or Redis refused it, OutcomeUnknown where no answer came. */
  ask(...words: string[]): Promise<Reply>
  /** The same on the connection that may wait, at most `blockMs` longer. */
  wait(blockMs: number, ...words: string[]): Promise<Reply>
  /** Several at once on the waiting connection, answered in order. */
  waitAll(blockMs: number, ...commands: string[][]): Promise<Reply[]>
  /** Calls `listener` with each message of a channel from now on; the waiting connection can do nothing else then. */
  subscribe(channel: string, listener: (message: string) => void): Promise<void>
  /** Whether what Redis confirmed survives its death: `appendonly yes` with `appendfsync always`. */
  readonly isDurable: boolean
  /** Settles with the reason once either connection is gone. */
  readonly ended: Promise<string>
  end(why?: string): void
}

/** What a failure to connect means, in a sentence. */
function reasonOf(error: unknown, url: string): string {
  const { message, code } = error as Error & { code?: string }
  const where = shownUrl(url)
  if (/WRONGPASS|invalid password|AUTH failed/i.test(message)) return `${where} refuses this user name and password`
  if (/NOAUTH/i.test(message)) return `${where} asks for a password: redis://:PASSWORD@HOST:PORT`
  if (/invalid DB index|DB index is out of range/i.test(message)) return `${where} has no such database`
  if (error instanceof ErrorReply) return `${where} refuses: ${message}`
  return `${where} does not answer: ${code ?? message}`
}

function checkVersion(info: string, url: string): void {
  const [, major = '0', minor = '0'] = /^redis_version:(\d+)\.(\d+)/m.exec(info) ?? []
  const isOld = Number(major) < OLDEST.major || (Number(major) === OLDEST.major && Number(minor) < OLDEST.minor)
  if (isOld)
    throw new Error(`${shownUrl(url)} must be Redis ${OLDEST.major}.${OLDEST.minor} or newer, got ${major}.${minor}`)
}

/** By address, one client that is never connected and of which the others are duplicates: with its commands a client gets a class of its own, which
 * takes several times as much as connecting, and of a Redis that is away clients are made again and again. */
const models = new Map<string, ReturnType<typeof modelOf>>()

const modelOf = (url: string) =>
  createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
  })

function newClient(url: string): ReturnType<typeof modelOf> {
  const model = models.get(url) ?? modelOf(url)
  models.set(url, model)
  return model.duplicate()
}

const text = (reply: Reply): string => (typeof reply === 'string' ? reply : '')

/** Connects. Throws a sentence where it cannot be used. */
export async function openLink(url: string): Promise<RedisLink> {
  const commands = newClient(url)
  const waiting = newClient(url)
  const clients = [commands, waiting]
  let tell: (why: string) => void = () => {}
  const ended = new Promise<string>(resolve => {
    tell = resolve
  })
  let isOver = false
  const end = (why = 'closed'): void => {
    if (isOver) return
    isOver = true
    tell(why)
    for (const client of clients) if (client.isOpen) client.destroy()
  }
  for (const client of clients) {
    client.on('error', (error: Error) => end(reasonOf(error, url)))
    client.on('end', () => end(`${shownUrl(url)} closed the connection`))
  }

  /** Gives the link up where the answer does not come. */
  async function within<Result>(limitMs: number, asked: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const why = `${shownUrl(url)} did not answer within ${limitMs / 1000} s`
        reject(new OutcomeUnknown(why))
        end(why)
      }, limitMs)
    })
    try {
      return await Promise.race([asked, late])
    } catch (error) {
      if (error instanceof OutcomeUnknown) throw error
      // It answered that it did nothing, as against no answer.
      if (error instanceof ErrorReply) throw new BackplaneAway(reasonOf(error, url))
      throw new OutcomeUnknown(reasonOf(error, url))
    } finally {
      clearTimeout(timer)
    }
  }

  async function send(client: typeof commands, limitMs: number, words: readonly string[]): Promise<Reply> {
    if (isOver || !client.isReady) throw new BackplaneAway(`${shownUrl(url)} is not connected`)
    return within(limitMs, client.sendCommand<Reply>([...words]))
  }

  try {
    await Promise.all(clients.map(client => within(CONNECT_MS + 500, client.connect())))
    checkVersion(text(await send(commands, ANSWER_MS, ['INFO', 'server'])), url)
  } catch (error) {
    const why = isOver ? await ended : (error as Error).message
    end()
    throw new Error(why)
  }
  // Where its configuration may not be read, nothing is taken for granted.
  const setting = async (name: string): Promise<string> => {
    const reply = await send(commands, ANSWER_MS, ['CONFIG', 'GET', name]).catch(() => [])
    return Array.isArray(reply) ? text(reply[1]) : ''
  }
  const isDurable = (await setting('appendonly')) === 'yes' && (await setting('appendfsync')) === 'always'
  return {
    ask: (...words) => send(commands, ANSWER_MS, words),
    wait: (blockMs, ...words) => send(waiting, blockMs + ANSWER_MS, words),
    waitAll: (blockMs, ...all) => Promise.all(all.map(words => send(waiting, blockMs + ANSWER_MS, words))),
    subscribe: (channel, listener) => within(ANSWER_MS, waiting.subscribe(channel, listener)).then(() => {}),
    isDurable,
    ended,
    end,
  }
}

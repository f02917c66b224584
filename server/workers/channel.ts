// Questions and answers between two processes over the channel that Node gives a child: in order, errors as sentences.

/** One end of the channel: `process` in the child, the child's process in its parent. */
export interface Port {
  readonly connected: boolean
  readonly send?: (message: unknown, callback?: (error: Error | null) => void) => boolean
  on(event: 'message', listener: (message: unknown) => void): unknown
  once(event: 'disconnect', listener: () => void): unknown
}

export type CallMap = Record<string, { argument: unknown; result: unknown }>

/** What this end answers: whatever a handler gives, once it is settled. What it throws reaches the other end as its message. */
export type Handlers<Calls extends CallMap> = {
  readonly [Name in keyof Calls]: (
    argument: Calls[Name]['argument'],
  ) => Calls[Name]['result'] | Promise<Calls[Name]['result']>
}

export interface Channel<Calls extends CallMap> {
  /** Asks the other end. Rejects with its error, or where it is gone before it answers. */
  ask<Name extends keyof Calls & string>(name: Name, argument: Calls[Name]['argument']): Promise<Calls[Name]['result']>
  /** Says something that needs no answer; what was asked or told before arrives before. `onSent` once it has left this process. */
  tell<Name extends keyof Calls & string>(name: Name, argument: Calls[Name]['argument'], onSent?: () => void): void
}

/** `ask` is absent where no answer is wanted. Short names: a notice passes here once for every worker. */
interface Question {
  readonly ask?: number
  readonly name: string
  readonly argument: unknown
}

interface Answer {
  readonly answer: number
  readonly result?: unknown
  readonly error?: string
}

/** Asks for `Theirs` at the other end of `port`, and answers `Ours`. */
export function createChannel<Ours extends CallMap, Theirs extends CallMap>(
  port: Port,
  handlers: Handlers<Ours>,
): Channel<Theirs> {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let next = 0

  function send(message: Question | Answer, onSent: (error: Error | null) => void): void {
    if (port.connected) port.send!(message, onSent)
    else onSent(new Error('the other process is gone'))
  }

  async function answer({ ask, name, argument }: Question): Promise<void> {
    let reply: Answer
    try {
      reply = { answer: ask!, result: await handlers[name]!(argument) }
    } catch (error) {
      reply = { answer: ask!, error: (error as Error).message }
    }
    send(reply, () => {})
  }

  port.on('message', message => {
    if ('answer' in (message as object)) {
      const { answer, result, error } = message as Answer
      const asked = waiting.get(answer)
      waiting.delete(answer)
      if (error === undefined) asked?.resolve(result)
      else asked?.reject(new Error(error))
      return
    }
    const question = message as Question
    // Nobody's question: something else that is told on the same channel.
    if (typeof question.name !== 'string') return
    if (question.ask !== undefined) void answer(question)
    else void handlers[question.name]!(question.argument)
  })
  port.once('disconnect', () => {
    for (const { reject } of waiting.values()) reject(new Error('the other process is gone'))
    waiting.clear()
  })

  return {
    ask: (name, argument) =>
      new Promise((resolve, reject) => {
        const ask = next++
        waiting.set(ask, { resolve: resolve as (value: unknown) => void, reject })
        send({ ask, name, argument }, error => {
          if (error && waiting.delete(ask)) reject(error)
        })
      }),
    tell: (name, argument, onSent) => send({ name, argument }, () => onSent?.()),
  }
}

// What is sent over one connection, and how texts stand in it.
import fc from 'fast-check'

export interface Conversation {
  readonly kind: string
  /** Over the server's port, or its control socket. */
  readonly over: 'port' | 'control'
  /** Written one after the other. A character is a byte; what stands in braces is only known once the server runs: `{SESSION}` is begun for it, `{EPOCH}` and
   * `{HEAD}` are the stream's, `{RUN}` where its file lies. */
  readonly writes: readonly string[]
  /** Generated messages in it: requests, frames, packets, files. */
  readonly inputs: number
  /** How it ends: nothing more is sent, or the connection is reset. */
  readonly ending: 'end' | 'reset'
  /** Bytes of a file: a run's lies in the folder of runs before it begins. */
  readonly file?: string
}

/** The UTF-8 of a text, a character a byte. */
export const inBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

export interface Talk {
  readonly kind: string
  /** What begins it, sent as it is: a handshake. */
  readonly begins?: fc.Arbitrary<string>
  /** Its messages, as bytes. */
  readonly message: fc.Arbitrary<string>
  readonly most: number
  readonly over?: Conversation['over']
}

/** A conversation of such messages: written in a few pieces that begin and end anywhere, sometimes broken off. */
export const talk = ({
  kind,
  begins = fc.constant(''),
  message,
  most,
  over = 'port',
}: Talk): fc.Arbitrary<Conversation> =>
  fc
    .record({
      first: begins,
      messages: fc.array(message, { minLength: 1, maxLength: most, size: 'max' }),
      cuts: fc.oneof(
        { weight: 6, arbitrary: fc.constant<number[]>([]) },
        { weight: 2, arbitrary: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 3 }) },
      ),
      /** Share that is sent. */
      sent: fc.oneof(
        { weight: 9, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
      ),
      ending: fc.constantFrom<Conversation['ending'][]>('end', 'end', 'end', 'reset'),
    })
    .map(({ first, messages, cuts, sent, ending }) => {
      const whole = messages.join('')
      const text = whole.slice(0, Math.ceil(sent * whole.length))
      const places = [0, ...cuts.map(share => Math.floor(share * text.length)).sort((a, b) => a - b), text.length]
      const pieces = places.slice(1).map((to, i) => text.slice(places[i], to))
      return { kind, over, writes: [first, ...pieces].filter(piece => piece !== ''), inputs: messages.length, ending }
    })

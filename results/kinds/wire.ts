// What went over the wire, taken apart: parts by what they are for, and the steps of a handshake.
import * as z from 'zod/mini'
import { count } from '../estimate.ts'
import { formatCount, threeDigits } from '../figures.ts'
import { type CellOf, type ResultKind, ratio, unmeasured } from './kind.ts'

/** Bytes of one direction: in parts that were decoded, and as the server counted them at its sockets. */
const direction = z.object({ decoded: count, counted: count })

const findings = {
  wire: z.optional(
    z.object({
      up: direction,
      down: direction,
      /** Bytes of both directions by what they are for; `empty`: polls that brought nothing, and signs of life. */
      body: count,
      framing: count,
      headers: count,
      empty: count,
      /** Of a transport that changes the protocol of its connection. */
      handshake: z.optional(
        z.array(z.object({ name: z.string(), wanted: z.string(), found: z.string(), isMet: z.boolean() })),
      ),
    }),
  ),
}

type Own = CellOf<typeof findings>
type Wire = NonNullable<Own['wire']>

const decodedOf = ({ up, down }: Wire): number => up.decoded + down.decoded
const countedOf = ({ up, down }: Wire): number => up.counted + down.counted

export const kind = {
  parameters: {},
  findings,
  metrics: {
    decodedPercent: ({ wire }: Own) =>
      wire ? ratio(100 * decodedOf(wire), countedOf(wire), 'nothing was counted') : unmeasured,
    wireBodyPercent: ({ wire }: Own) =>
      wire ? ratio(100 * wire.body, decodedOf(wire), 'nothing was decoded') : unmeasured,
  },
  outcome({ wire }: Own) {
    if (!wire) return undefined
    const bytes = countedOf(wire)
    const share = (part: number): string => `${threeDigits(bytes > 0 ? (100 * part) / bytes : 0)} %`
    return `${formatCount(decodedOf(wire))} B decoded of ${formatCount(bytes)} counted: body ${share(wire.body)}, framing ${share(wire.framing)}, headers ${share(wire.headers)}, empty ${share(wire.empty)}`
  },
} satisfies ResultKind

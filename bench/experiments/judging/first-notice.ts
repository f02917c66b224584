// How many round trips a subscriber is away from its first notice, from the protocols alone.
import type { Scenario } from '../../../results/scenario.ts'

/** TCP's handshake, and the request whose answer, or whose stream's first bytes, carry the notice. */
const ONE_REQUEST = 2
/** TCP, the handshake that ends with Engine.IO's open packet, and joining the namespace (Socket.IO protocol 5): a packet is awaited each time. */
const JOINED_BY_FRAMES = 3
/** TCP and the handshake; then the POST that joins takes the kept connection, so that the poll which brings the notice makes TCP's handshake anew. */
const JOINED_BY_POLLS = 4

/** Round trips to the first of the notices that are held, TCP's own included. Source: Engine.IO protocol 4, Socket.IO protocol 5, RFC 9293. */
export function roundTripsToFirst(transport: string, { transportOptions }: Pick<Scenario, 'transportOptions'>): number {
  if (transport !== 'socket-io') return ONE_REQUEST
  return transportOptions?.[transport]?.over === 'frames' ? JOINED_BY_FRAMES : JOINED_BY_POLLS
}

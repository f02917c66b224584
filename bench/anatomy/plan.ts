// What happens while a capture is taken: little, but each thing that a transport can do. Times are ms since its beginning.
import { clientTransports, entryOf } from '../../client/transports/index.ts'
import type { CapturePlan } from '../../server/anatomy/wire.ts'

/** How often the server gives a sign of life: within a capture, more than once. */
export const HEARTBEAT_MS = 2000

/** The page's part. A poll on a timer comes back empty several times; a held one does once, between the second and the third of what follows. */
export const plan: CapturePlan = {
  pollIntervalMs: 1000,
  waitMs: 1500,
  upstream: { atMs: 4300, body: { text: 'On my way.' } },
  lastsMs: 6500,
}

/** What is published from beside, each entry in one request. */
export const publications: readonly { readonly atMs: number; readonly bodies: readonly unknown[] }[] = [
  { atMs: 1200, bodies: [{ text: 'Lunch is ready.' }] },
  // Two at once: what goes out in one write is two messages.
  { atMs: 2600, bodies: [{ text: 'Bus 12 leaves in 5 minutes.' }, { text: 'Bus 12 leaves now.' }] },
  // Longer than the 125 bytes that a frame's short length can say, and not ASCII alone.
  {
    atMs: 5400,
    bodies: [
      {
        text: 'Grüße aus Zürich! Der Zug hat 10 Minuten Verspätung, wir sind um 18:40 Uhr da. Wartet nicht mit dem Essen. 🚆',
      },
    ],
  },
]

/** The transport whose messages go both ways in frames: the one that handshakes are tried of, and that speaks inside the capture of TLS. */
export const ofFrames = Object.keys(clientTransports).find(name => entryOf(name)?.upstream === 'frames')!

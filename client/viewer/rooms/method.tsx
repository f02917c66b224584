// How the run was measured, what it cannot tell, and what the words mean.
import { Limits, Measured, Warnings } from '../about-run.tsx'
import { WhichLoad } from '../choices.tsx'
import { Contents } from '../contents.tsx'
import { loads, run, scenario } from '../store.ts'
import { Terms } from '../terms.tsx'

export function Method() {
  const shown = run.value
  if (!shown) return null
  const load = scenario.value
  const sections = [
    ...(shown.warnings.length > 0 ? [{ id: 'warnings', title: 'Warnings' }] : []),
    ...(load ? [{ id: 'limits', title: 'What this run cannot tell' }] : []),
    { id: 'measured', title: 'How it was measured' },
    { id: 'words', title: 'What the words mean' },
  ]
  return (
    <>
      {loads.value.length > 1 && (
        <div class="bar">
          <WhichLoad />
        </div>
      )}
      <Contents sections={sections} />
      <Warnings run={shown} />
      {load && <Limits run={shown} scenario={load} />}
      <Measured run={shown} scenario={load} />
      <Words />
    </>
  )
}

/** In the order in which one needs the other. */
const words: readonly (readonly [word: string, meaning: string])[] = [
  ['notice', 'One message of the stream: its number, the time it was appended, and a body.'],
  ['subscriber', 'One client on one transport, over connections of its own.'],
  ['transport', 'One way to deliver: short polling, long polling, SSE, WebSocket, Socket.IO.'],
  [
    'poll',
    'A request for what is new. A short poll is answered at once, with nothing if there is nothing; a long poll is held until there is something.',
  ],
  ['interval', 'Of polls: how often a short poller asks. Of a figure: the 95 % interval, see there.'],
  ['round trip (RTT)', 'The time from one end to the other and back. Half of it is a transit.'],
  ['transit', 'The way from server to subscriber, once: half a round trip.'],
  [
    'gap',
    'The time in which a long poller has no request at the server: from an answer to the next request’s arrival, a round trip at least.',
  ],
  ['latency', 'From the moment the server appended a notice to the moment a subscriber had it parsed.'],
  ['median', 'Half of the notices came within this time.'],
  ['p99', 'Ninety-nine of a hundred notices came within this time.'],
  [
    '95 % interval',
    'Where the figure of another such run is expected to lie. It comes from the differences between rounds, not between messages.',
  ],
  [
    'tier',
    'Transports whose difference this run cannot tell share one number. Each is compared with the first of its tier; 1 is the lowest median.',
  ],
  [
    'power of 80 %',
    'Of a difference that a run could have told: four of five such runs find one that large. A smaller one may be there all the same.',
  ],
  ['round', 'One pass over all transports; rounds repeat, and their order rotates.'],
  ['cell', 'One transport under one load in one round: a fresh server, measured once.'],
  ['void', 'Of a cell: its figures do not count, since the instrument itself was in the way. The reason is beside it.'],
  ['load', 'What a cell is under: how many subscribers, how many notices a second, how often polls, how far away.'],
  [
    'body, framing, headers, empty polls',
    'The parts of the bytes of a notice: what was published; what the transport puts around it; HTTP’s headers; and polls that brought nothing, shared out over the notices.',
  ],
  ['idle bytes', 'What a subscriber costs a minute while nothing is published.'],
  ['coalescing', 'Notices that are due at once travel in one write.'],
  ['loopback', 'Server and subscribers are on one machine: the network takes no time.'],
  [
    'cursor',
    'How far a subscriber has come in the stream. It says so when it comes back, and gets what came after it.',
  ],
  ['jitter', 'Waiting for a random time before connecting again, so that not all do at once.'],
  [
    'Poisson, periodic',
    'Of notices: published at random times with a given number a second on average, or at equal distances.',
  ],
  ['CPU time', 'How long a processor worked for it, whatever else it waited for.'],
  [
    'packets, IP level',
    'What a network carries: the bytes of the messages, and the headers of the packets around them.',
  ],
  [
    'plain ws, plain Express, bare node:http, Nchan',
    'Servers that this lab’s is measured beside: small ones on the usual libraries, one without any, and a module of nginx in C.',
  ],
  ['backplane', 'What makes one stream of several servers: memory, Redis or RabbitMQ.'],
  [
    'claim',
    'What is said of transports somewhere, with a source. Prediction and rule are fixed before the run; the verdict follows from them.',
  ],
  [
    'reproduced, qualified, refuted, measured, inconclusive',
    'The claim held; it holds only under a condition that is named; it did not hold; nothing was claimed, and this is the figure; the run could not tell.',
  ],
]

const Words = () => (
  <section aria-labelledby="words">
    <h2 id="words" tabIndex={-1}>
      What the words mean
    </h2>
    <Terms all={words} />
  </section>
)

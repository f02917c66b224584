// What a teacher has at hand with each scene: the point, what to say, and the claims of the lab that it rests on. Their figures are those of
// results/models.md and of committed runs.

export interface Note {
  readonly point: string
  readonly say: string
  readonly claims: readonly Rest[]
}

/** A claim as a committed run has it. */
export interface Rest {
  readonly id: string
  readonly claim: string
  readonly verdict: string
}

const halfIntervalPoll: Rest = {
  id: 'half-interval-poll',
  claim: 'On average short polling is late by half the poll interval and a whole round trip',
  verdict: 'refuted',
}

/** By scene. */
export const notes: Readonly<Record<string, Note>> = {
  'quiet-inbox': {
    point: 'Whoever polls pays for asking, not for news; nearly all of it is headers.',
    say: 'With a poll a second, one quiet subscriber was measured at 45.5 kB a minute by short polling, 1.87 kB by long polling, 138 B by WebSocket, 40.0 B by Socket.IO and 12.0 B by SSE. Half as many polls take half the bytes.',
    claims: [
      {
        id: 'idle',
        claim: 'While nothing is published, a push costs a sign of life now and then, and polling whole empty requests',
        verdict: 'reproduced',
      },
    ],
  },
  'one-notice': {
    point:
      'The wait is the timer’s: T/2 on average, here 2 s, and anything up to T. The network adds one transit, here 100 ms.',
    say: 'Two notices are two draws: this time it may be half a second, or three. Only the average is half the interval. The request is under way while the notice waits for it, so a whole round trip is too much: at T = 1 s and a round trip of 100 ms the mean was 550 ms, not 603.',
    claims: [halfIntervalPoll],
  },
  'burst-of-20': {
    point:
      'The distance limits the answers: one at once, and then one a round trip, each with all that came meanwhile. Here that makes five.',
    say: 'Notices that are further apart than a round trip find a poll waiting, and long polling is as fast as a stream. Turn the round trip to 50 ms right after Run: twenty answers.',
    claims: [
      {
        id: 'half-interval',
        claim:
          'When the network latency exceeds half the update rate of the dataset, then Websockets is the better choice',
        verdict: 'reproduced',
      },
    ],
  },
  'far-away': {
    point:
      'Compare each lane with itself, near and far: only what grows is the distance. One transit on every lane but long polling.',
    say: 'Short polling is late near and far, by its timer; the distance adds one transit to that. Long polling adds nearly two here, as notices come faster than a round trip; slower ones find a poll waiting and pay once. Nobody pays more than three: a notice that just misses an answer waits for it to arrive, for the next request, and for its own answer.',
    claims: [
      halfIntervalPoll,
      {
        id: 'three-transits',
        claim: 'The maximal latency of long polling is over three network transits',
        verdict: 'reproduced',
      },
    ],
  },
  'whole-class': {
    point:
      'What decides is how many notices come in one poll interval. Here it is a third of one: 150 short polls, 50 long ones.',
    say: 'At 0.4 notices an interval long polling sent 0.40 requests for one of short polling, at two notices it sent 2.00. So “long polling needs fewer requests” holds for rare news only.',
    claims: [
      {
        id: 'fewer-requests',
        claim: 'Long polling always sends fewer requests than short polling',
        verdict: 'qualified',
      },
    ],
  },
  'cut-the-network': {
    point:
      'Nothing is lost, as every client says how far it had come, and the server still has the rest. After a cut that outlasts the server’s memory everybody would lose alike.',
    say: 'How late they come back is their wait before another try, which is random and doubles, so that a server is not met by all at once. To compare lanes, all draw the same waits here, and short polling’s next poll is due at the cut. Cut again: another draw, the same for all.',
    claims: [
      {
        id: 'deploy-nothing-lost',
        claim: 'A rolling restart with resumable cursors loses nothing on any transport',
        verdict: 'reproduced',
      },
    ],
  },
  'on-the-wire': {
    point:
      'Headers are paid for by the request, not by the notice: H + m bytes with a long poll, H/(λT) + m with a short one, h + m with a push at any rate. Here λT, the notices in a poll interval, is 4.',
    say: 'Short polling was measured at 1,264 B a notice where one comes in an interval, and at 171 B where twelve do; WebSocket at 104 B both times, of a larger notice. Turn the polls to every 500 ms right after Run, and short polling is dearest. Tap a line, or press w, and ask which of these headers the server needs.',
    claims: [
      {
        id: 'rate',
        claim: 'A pushed notice costs the same bytes at any rate; a polled one costs more the rarer notices are',
        verdict: 'reproduced',
      },
    ],
  },
}

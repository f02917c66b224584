// The claims that answer what is asked first, before anybody asks for a topic.

/** Ids in the order in which a page shows them. */
export const digest: readonly string[] = [
  // Which is fastest?
  'latency-3',
  'sse-slower',
  // What does distance do to each?
  'rtt',
  // Which is cheapest while nothing happens?
  'idle',
  // When is polling cheaper?
  'always-fewer-bytes',
  // Do connections run out, on a server and in a browser?
  '65k',
  'six-tabs',
  // Do several servers need sticky sessions?
  'sticky',
]

// Of a lane's other clients the log is told in crowds: here they are taken apart, so that the events of all clients are alike.
import type { DemoEvent, DemoEventOf } from '../../server/demo/wire.ts'

const onesOf = ({ t, lane, passes }: DemoEventOf<'crowd'>): DemoEvent[] =>
  passes.map(([client, connection, what, from, to, bytes, seq]): DemoEvent => {
    const on = { lane, client, connection }
    if (what === 'gone') return { kind: 'disconnect', t: t + from, ...on, by: 'client' }
    return {
      ...{
        kind: 'transit',
        t: t + from,
        to: t + to,
        ...on,
        direction: what === 'request' ? 'up' : 'down',
        what,
        bytes,
      },
      ...(seq !== undefined && { seqs: [seq, seq] }),
      ...(what === 'answer' && seq === undefined && { isEmpty: true }),
    }
  })

/** The same events, in place of each crowd its own. They are no longer in order. */
export const oneByOne = (events: readonly DemoEvent[]): DemoEvent[] =>
  events.flatMap(event => (event.kind === 'crowd' ? onesOf(event) : [event]))

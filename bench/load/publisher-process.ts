// The publisher as a child: on the load's cores, and run first there where the system allows it.
import { type Child, startChild } from '../machine/child.ts'
import { pin, prefer } from '../machine/cores.ts'
import type { PublisherCalls } from './publisher.ts'

const PUBLISHER = new URL('./publisher.js', import.meta.url)

/** Starts it; whoever does ends it. `isFirst`: whether it runs before others of its core. */
export async function startPublisher(): Promise<{ publisher: Child<PublisherCalls>; isFirst: boolean }> {
  // A collector that waits for other threads would wait for their turns, of up to 100 ms, where all of them are scheduled alike.
  const publisher = startChild<PublisherCalls>(PUBLISHER, [], ['--single-threaded-gc'])
  await publisher.call('ready', null)
  await pin(publisher.process.pid!, 'load')
  return { publisher, isFirst: await prefer(publisher.process.pid!) }
}

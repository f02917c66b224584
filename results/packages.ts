// The packages that measured code loads, and under which loads it does: another version of one may give other figures.
import type { Scenario } from './scenario.ts'

type Loads = (load: Scenario, transports: readonly string[]) => boolean

const isStock: Loads = ({ clientLibrary }) => clientLibrary === 'stock'
const hasSocketIo: Loads = (_, transports) => transports.includes('socket-io')

/** By name: whether code that is measured under a load, on these transports, loads it. */
export const measuredPackages: Readonly<Record<string, Loads>> = {
  // Publishing goes through its router, whoever the subscribers are.
  express: () => true,
  // Load processes count by it.
  'hdr-histogram-js': () => true,
  ws: (load, transports) => hasSocketIo(load, transports) || transports.includes('websocket'),
  undici: (load, transports) =>
    isStock(load, transports) || load.kind === 'upstream' || load.naiveEveryMs !== undefined,
  autocannon: ({ kind }) => kind === 'capacity',
  'socket.io': hasSocketIo,
  'engine.io': hasSocketIo,
  'socket.io-client': hasSocketIo,
  eventsource: isStock,
  '@redis/client': ({ backplane = '' }) => backplane.startsWith('redis'),
  amqplib: ({ backplane }) => backplane === 'rabbitmq',
}

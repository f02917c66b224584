// The registry of kinds, the half that measures; the compiler asks for one of each that results/kinds/ reads.
import type { Kind } from '../../results/kinds/index.ts'
import { kind as capacity } from './capacity.ts'
import { kind as connect } from './connect.ts'
import { kind as cost } from './cost.ts'
import { kind as delivery } from './delivery.ts'
import { kind as deploy } from './deploy.ts'
import { kind as hidden } from './hidden.ts'
import { kind as hold } from './hold.ts'
import { kind as idle } from './idle.ts'
import type { KindDriver } from './kind.ts'
import { kind as peer } from './peer.ts'
import { kind as sessions } from './sessions.ts'
import { kind as soak } from './soak.ts'
import { kind as stage } from './stage.ts'
import { kind as storm } from './storm.ts'
import { kind as tabs } from './tabs.ts'
import { kind as upstream } from './upstream.ts'
import { kind as wire } from './wire.ts'

const drivers = {
  delivery,
  sessions,
  idle,
  connect,
  cost,
  upstream,
  peer,
  capacity,
  soak,
  hold,
  tabs,
  hidden,
  stage,
  storm,
  deploy,
  wire,
} satisfies Record<Kind, KindDriver>

export const driverOf = (kind: Kind): KindDriver => drivers[kind]

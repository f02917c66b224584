// The registry of kinds, the half that reads; the other half, which measures, is bench/kinds/.
import { kind as capacity } from './capacity.ts'
import { kind as connect } from './connect.ts'
import { kind as cost } from './cost.ts'
import { kind as delivery } from './delivery.ts'
import { kind as deploy } from './deploy.ts'
import { kind as hidden } from './hidden.ts'
import { kind as hold } from './hold.ts'
import { kind as idle } from './idle.ts'
import type { ResultKind } from './kind.ts'
import { kind as peer } from './peer.ts'
import { kind as sessions } from './sessions.ts'
import { kind as soak } from './soak.ts'
import { kind as stage } from './stage.ts'
import { kind as storm } from './storm.ts'
import { kind as tabs } from './tabs.ts'
import { kind as upstream } from './upstream.ts'
import { kind as wire } from './wire.ts'

export const kinds = {
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
} satisfies Record<string, ResultKind>

export type Kind = keyof typeof kinds

export const kindNames = Object.keys(kinds) as [Kind, ...Kind[]]

type All<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer Every) => void
  ? Every
  : never

/** Fields of all kinds together: a cell, or a scenario, has those of its own. */
const together = <Key extends 'findings' | 'parameters'>(key: Key): All<(typeof kinds)[Kind][Key]> =>
  Object.assign({}, ...Object.values(kinds).map(each => each[key]))

export const allFindings = together('findings')
export const allParameters = together('parameters')

// The registry of rooms: what each is called and shows, in the order of `roomNames`.
import type { ComponentType } from 'preact'
import type { RoomName } from '../view-state.ts'
import { Charts } from './charts.tsx'
import { Claims } from './claims.tsx'
import { Compare } from './compare.tsx'
import { Method } from './method.tsx'
import { Overview } from './overview.tsx'

export interface Room {
  readonly label: string
  readonly View: ComponentType
}

export const rooms: Readonly<Record<RoomName, Room>> = {
  overview: { label: 'Overview', View: Overview },
  charts: { label: 'Charts', View: Charts },
  claims: { label: 'Claims', View: Claims },
  compare: { label: 'Compare', View: Compare },
  method: { label: 'Method', View: Method },
}

// A cell before anything is measured: every count 0, every distribution missing, for drivers that fill in only a part of it.
import type { Cell } from '../../results/cell.ts'

/** Which cell it is. */
export interface CellPlace {
  readonly scenario: { readonly id: string }
  readonly transport: string | null
  readonly round: number
  /** Place within the round, from 0. */
  readonly order: number
  /** ISO 8601; absent = now. */
  readonly startedAt?: string
}

export const blankCell = ({ scenario, transport, round, order, startedAt }: CellPlace): Cell => ({
  scenario: scenario.id,
  transport,
  round,
  order,
  startedAt: startedAt ?? new Date().toISOString(),
  status: 'ok',
  reasons: [],
  windowMs: 0,
  published: 0,
  expected: 0,
  delivered: 0,
  lost: 0,
  duplicated: 0,
  outOfOrder: 0,
  gaps: 0,
  retries: 0,
  latency: null,
  publisherLag: null,
  hop: null,
  delivery: null,
  bytesIn: 0,
  bytesOut: 0,
  startupBytes: null,
  requests: 0,
  emptyAnswers: 0,
  skippedPolls: 0,
  noticesWritten: 0,
  writes: 0,
  connectionsOpened: 0,
  timeline: [],
  server: { cpuUs: 0, rssBytes: 0, rssBeforeBytes: 0, loopDelayP99Ms: null },
  client: { cpuShare: 0, cpuUs: 0, loopDelayP99Ms: 0 },
  connectMs: null,
})

/** The cell with what makes it void; ok where there is nothing. */
export const judged = (cell: Cell, reasons: readonly string[]): Cell => ({
  ...cell,
  status: reasons.length === 0 ? 'ok' : 'void',
  reasons: [...reasons],
})

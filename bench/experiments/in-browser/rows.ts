// Rows of what was predicted and measured in a browser, as points of a claim and in words.
import type { Estimate } from '../../../results/estimate.ts'
import { inWords } from '../../evidence.ts'

export interface BrowserRow {
  readonly label: string
  readonly predicted: number
  readonly claimed?: number
  readonly measured: Estimate
}

export const pointsOf = (rows: readonly BrowserRow[]) =>
  rows.map(({ label, predicted, claimed = null, measured }) => ({ label, predicted, claimed, measured }))
export const told = (rows: readonly BrowserRow[], digits: number, unit = ''): string =>
  rows.map(({ label, measured }) => `${label}: ${inWords(measured, digits)}${unit}`).join('; ')

// The result as text for a terminal: the comparison, then verdict, conditions, warnings, and what to do next.
import { entryOf } from '../../client/transports/index.ts'
import { conditionsOf, faultText, namesOfLoads } from '../../results/conditions.ts'
import { decisionText } from '../../results/decisions.ts'
import { faultTable } from '../../results/faults.ts'
import type { Claim, Run, Warning } from '../../results/format.ts'
import { fragileText } from '../../results/fragile.ts'
import { powerText } from '../../results/power.ts'
import { precisionText } from '../../results/precision.ts'
import type { Table } from '../../results/table.ts'
import { comparisonOf, machineOf } from '../../results/tables.ts'
import { tallyOf } from '../../results/verdict.ts'
import type { Options } from '../cli/options.ts'
import { columnsOf, displayWidth, type Ink, inkOf, isColorAllowed, pad, wrap } from '../cli/terminal.ts'
import { jsonText } from './files.ts'

export interface Look {
  readonly color: boolean
  /** Columns of the terminal; Infinity where the text goes elsewhere. */
  readonly width: number
  /** What ratios refer to; the fastest where absent. */
  readonly baseline?: string
}

const gap = '  '
/** More loads than that are a screenful each; where claims were put to the test, they are what was asked. */
const MANY_LOADS = 3

/** The result of a run for stdout. */
export function resultText(run: Run, look: Look): string {
  const ink = inkOf(look.color)
  const loads = run.scenarios.filter(({ kind }) => kind === 'delivery')
  const line = (text: string, indent = '') => wrap(text, look.width, indent)
  const parts: string[] = []
  const { claims = [] } = run
  const isLong = loads.length > MANY_LOADS && claims.length > 0
  const names = namesOfLoads(loads)
  for (const [index, scenario] of isLong ? [] : loads.entries()) {
    const table = comparisonOf(run, scenario.id, look.baseline)
    if (loads.length > 1) parts.push(ink.bold(line(names[index]!)))
    if (table.rows.length === 0) continue
    parts.push(tableText(table, look.width, ink))
    if (table.notes.length > 0) parts.push(table.notes.map(note => line(note, gap)).join('\n'))
    const faults = faultTable(run, scenario)
    if (faults.rows.length > 0)
      parts.push(`${line(`What came of the fault: ${faultText(scenario)}.`)}\n${tableText(faults, look.width, ink)}`)
  }
  if (run.summary.length === 0) parts.push('No round was finished: there is nothing to compare.')
  if (claims.length > 0) parts.push(claimsText(claims, look.width, ink))
  if (run.verdict !== '' && !isLong) parts.push(ink.bold(line(run.verdict)))
  if (isLong) parts.push(ink.dim(line(`${loads.length} loads were measured; summary.md has a table of each.`)))
  else parts.push(...loads.map(scenario => ink.dim(line(`Conditions: ${conditionsOf(run, scenario)}`, gap))))
  const power = loads.length === 1 ? powerText(run, loads[0]!.id) : undefined
  if (power !== undefined) parts.push(line(power))
  const precision = precisionText(run) ?? decisionText(run)
  if (precision !== undefined) parts.push(line(precision))
  parts.push(ink.dim(line(`Machine: ${machineOf(run)}`, gap)))
  if (run.warnings.length > 0) parts.push(run.warnings.map(warning => warningText(warning, look.width, ink)).join('\n'))
  return `${parts.join('\n\n')}\n`
}

/** The verdict of each claim, and below it what was found. */
function claimsText(claims: readonly Claim[], width: number, ink: Ink): string {
  const idWidth = Math.max(...claims.map(({ id }) => id.length))
  const one = ({ id, claim, verdict, why, sensitivity }: Claim) =>
    [
      `${pad(id, idWidth, 'left')}${gap}${ink.bold([verdict, fragileText({ verdict, sensitivity }) ?? []].flat().join(', '))}`,
      gap + wrap(`“${claim}”`, width - gap.length, gap),
      gap + ink.dim(wrap(why, width - gap.length, gap)),
    ].join('\n')
  return [ink.bold(tallyOf(claims)), ...claims.map(one)].join('\n')
}

/** What follows the result, for stderr: files and the next command. */
export function closingText(run: Run, files: readonly string[]): string {
  const report = files.find(file => file.endsWith('report.html'))
  const next = [
    ...(report === undefined ? [] : [`open ${report}`]),
    `npm start                     shows ${files.length > 0 ? 'this run and earlier ones' : 'earlier runs'} in the browser`,
    ...(run.status === 'complete' && run.roundsDone <= 1
      ? ['npm run bench                 four rounds, with intervals, in about three minutes']
      : []),
  ]
  const written = files.length > 0 ? `written  ${files.join('\n         ')}\n` : ''
  return `\n${written}next     ${next.join('\n         ')}\n`
}

/** Prints the result on stdout (with --json the run's document and nothing else) and the rest on stderr (nothing with --quiet). */
export function printRun(run: Run, files: readonly string[], options: Pick<Options, 'json' | 'quiet' | 'color'>): void {
  const { stdout, stderr, env } = process
  if (options.json) stdout.write(jsonText(run))
  else {
    const color = isColorAllowed({ color: options.color, isTTY: stdout.isTTY, env })
    stdout.write(resultText(run, { color, width: stdout.isTTY ? columnsOf(stdout) : Number.POSITIVE_INFINITY }))
  }
  if (!options.quiet) stderr.write(closingText(run, files))
}

/** Aligned columns, the first of which names a transport; where they do not fit, the table goes on below with the transports repeated. */
export function tableText({ columns, rows }: Table, width: number, ink: Ink): string {
  const named = rows.map(([transport = '', ...rest]) => [`${entryOf(transport)?.glyph ?? '·'} ${transport}`, ...rest])
  const widths = columns.map(({ header }, index) =>
    Math.max(displayWidth(header), ...named.map(row => displayWidth(row[index]!))),
  )
  const blocks: number[][] = [[]]
  let used = widths[0]!
  for (let index = 1; index < columns.length; index++) {
    const more = gap.length + widths[index]!
    if (used + more > width && blocks.at(-1)!.length > 0) {
      blocks.push([])
      used = widths[0]!
    }
    blocks.at(-1)!.push(index)
    used += more
  }
  const cells = (row: readonly string[], block: readonly number[]) =>
    [0, ...block]
      .map(index => pad(row[index]!, widths[index]!, columns[index]!.align))
      .join(gap)
      .trimEnd()
  const headers = columns.map(({ header }) => header)
  const text = (block: readonly number[]) => [
    ink.dim(cells(headers, block)),
    ...named.map((row, at) => colored(cells(row, block), rows[at]![0]!, ink)),
  ]
  return blocks.map(block => text(block).join('\n')).join('\n\n')
}

/** Only the glyph takes the colour; text stays in the terminal's ink. */
function colored(line: string, transport: string, ink: Ink): string {
  const look = entryOf(transport)
  return look ? ink.hue(look.glyph, look.light) + line.slice(look.glyph.length) : line
}

function warningText({ severity, message, remedy }: Warning, width: number, ink: Ink): string {
  const lines = [wrap(`${severity}: ${message}`, width, gap)]
  if (remedy) lines.push(gap + wrap(`→ ${remedy}`, width - gap.length, gap + gap))
  return severity === 'note' ? lines.join('\n') : lines.join('\n').replace(severity, ink.bold(severity))
}

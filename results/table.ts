// A table, and its text as Markdown and as CSV.

export interface Table {
  readonly columns: readonly { readonly header: string; readonly align: 'left' | 'right' }[]
  readonly rows: readonly (readonly string[])[]
}

/** A number as data: what is beyond six digits is no more than how the machine reckons. */
export const sixDigits = (value: number): number => Number(value.toPrecision(6))

/** The name of a column as programs want it, in the style of summary.csv: `median, 95 % from` is `medianLow`, `CPU µs/notice` is `cpuUsPerNotice`. */
export function plainName(header: string): string {
  const words = header
    .replace('95 % from', 'low')
    .replace('95 % to', 'high')
    .replaceAll('µ', 'u')
    .replaceAll('λ', 'lambda ')
    .replaceAll('%', ' percent ')
    .replaceAll('/', ' per ')
    .match(/[A-Za-z0-9]+/g)
  return (words ?? [])
    .map((word, at) => (at === 0 ? word.toLowerCase() : word[0]!.toUpperCase() + word.slice(1)))
    .join('')
}

/** RFC 4180: CRLF after every record; a field with a quote, comma or line end is quoted. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  const field = (value: string | number): string => {
    const text = String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return rows.map(row => `${row.map(field).join(',')}\r\n`).join('')
}

/** A GitHub-flavoured Markdown table. */
export function markdownTable({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`
  const rule = columns.map(({ align }) => (align === 'right' ? '---:' : '---'))
  return [line(columns.map(({ header }) => header)), line(rule), ...rows.map(line)].join('\n')
}

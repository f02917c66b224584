// What of a recipe is there for the cursor: the lines that end in the mark. Left out, what remains still runs, and loses what a cut takes.

const MARK = '// cursor'

export const isForCursor = (line: string): boolean => line.endsWith(MARK)

/** The source without the lines that are there for the cursor. */
export const withoutCursor = (source: string): string =>
  source
    .split('\n')
    .filter(line => !isForCursor(line))
    .join('\n')

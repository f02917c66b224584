// "Did you mean": the known word nearest to what was typed.

/** Least number of insertions, deletions, substitutions and swaps of neighbours from `a` to `b` (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}

/** The nearest of `known`: within two edits (three for words of nine letters and more), else the only one that `typed` begins
 * or is part of; undefined where nothing is near. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const word = typed.toLowerCase()
  const ranked = known
    .map(name => ({ name, distance: editDistance(word, name) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  const allowed = word.length >= 9 ? 3 : word.length >= 4 ? 2 : 1
  if (best && best.distance <= allowed) return best.name
  if (word.length < 2) return undefined
  const starting = known.filter(name => name.startsWith(word))
  if (starting.length === 1) return starting[0]
  const containing = known.filter(name => name.includes(word))
  return containing.length === 1 ? containing[0] : undefined
}

/** `unknown experiment "delivry": did you mean "delivery"?`, or the list where nothing is near. */
export function unknownWord(what: string, typed: string, known: readonly string[]): string {
  const near = nearest(typed, known)
  return near === undefined
    ? `unknown ${what} "${typed}": must be one of ${known.join(', ')}`
    : `unknown ${what} "${typed}": did you mean "${near}"?`
}

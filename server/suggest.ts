// What was meant by a word: the known one that it stands for, or "did you mean" the nearest.

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

/** The known word that `typed` stands for: in any case and punctuation ("Socket.IO"), by a short name of it, or as the whole first part of only one of
 * them ("short" of "short-polling"); undefined where that is not sure. `shortNames`: short name → known word. */
export function wordFor(
  typed: string,
  known: readonly string[],
  shortNames: Readonly<Record<string, string>> = {},
): string | undefined {
  const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '')
  const word = plain(typed)
  const found = known.includes(typed) ? typed : known.find(name => plain(name) === word)
  if (found !== undefined || word === '') return found
  if (Object.hasOwn(shortNames, word)) return shortNames[word]
  const beginning = known.filter(name => name.startsWith(`${word}-`))
  return beginning.length === 1 ? beginning[0] : undefined
}

/** The nearest of `known`: within one edit, two for words of five letters and more, three of nine; else the only one that `typed` begins
 * or is part of; undefined where nothing is near. Dashes at the beginning do not count as letters; to a word of one letter nothing is near, for
 * one edit makes any other of it. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const word = typed.toLowerCase()
  const letters = word.replace(/^-+/, '').length
  if (letters < 2) return undefined
  const ranked = known
    .map(name => ({ name, distance: editDistance(word, name) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  const allowed = letters >= 9 ? 3 : letters >= 5 ? 2 : 1
  if (best && best.distance <= allowed) return best.name
  const starting = known.filter(name => name.startsWith(word))
  if (starting.length === 1) return starting[0]
  const containing = known.filter(name => name.includes(word))
  return containing.length === 1 ? containing[0] : undefined
}

/** `unknown experiment "delivry": did you mean "delivery"?`; where nothing is near, the list, or without one the bare fact. */
export function unknownWord(what: string, typed: string, known: readonly string[], isListed = true): string {
  const near = nearest(typed, known)
  const unknown = `unknown ${what} "${typed}"`
  if (near !== undefined) return `${unknown}: did you mean "${near}"?`
  return isListed ? `${unknown}: must be one of ${known.join(', ')}` : unknown
}

// Seeded randomness: the same seed gives the same schedule, phases and resamples on every machine.

/** A generator of uniform numbers in [0, 1) from a whole-number seed (sfc32, 2^32 period at least; Chris Doty-Humphrey, PractRand). */
export function seededRandom(seed: number): () => number {
  let a = seed >>> 0
  let b = Math.floor(seed / 2 ** 32) >>> 0
  let c = 0x9e3779b9
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  // The first numbers still show the seed.
  for (let i = 0; i < 15; i++) next()
  return next
}

/** Another seed for a part of a run (a round, a load process), so that no two parts share a sequence. FNV-1a over the parts. */
export function derivedSeed(seed: number, ...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const character of [seed, ...parts].join('/')) {
    hash ^= character.charCodeAt(0)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 0
}

// Makes a failing sequence smaller (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002).

/** What is left of `items`, in their order, once nothing more can be left out without `fails` saying no, or it is `untilMs` (performance.now). */
export async function reduced<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
  untilMs: number,
): Promise<readonly T[]> {
  let left = items
  for (let parts = 2; left.length > 1 && performance.now() < untilMs; ) {
    const size = Math.ceil(left.length / parts)
    let smaller: readonly T[] | undefined
    for (let from = 0; from < left.length && !smaller && performance.now() < untilMs; from += size) {
      const without = [...left.slice(0, from), ...left.slice(from + size)]
      if (await fails(without)) smaller = without
    }
    if (smaller) {
      left = smaller
      parts = Math.max(2, parts - 1)
    } else if (size === 1) break
    else parts = Math.min(left.length, 2 * parts)
  }
  return left
}

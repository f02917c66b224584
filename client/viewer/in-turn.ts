// One piece of work per turn of the event loop: ten charts drawn in one go would freeze the page.
const waiting: (() => void)[] = []
let isScheduled = false

/** Does `work` when its turn comes; the returned function cancels it until then. */
export function inTurn(work: () => void): () => void {
  waiting.push(work)
  schedule()
  return () => {
    const at = waiting.indexOf(work)
    if (at >= 0) waiting.splice(at, 1)
  }
}

function schedule(): void {
  if (isScheduled || waiting.length === 0) return
  isScheduled = true
  setTimeout(() => {
    isScheduled = false
    waiting.shift()?.()
    schedule()
  })
}

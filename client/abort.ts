// One listener a signal, however many subscribers share it.

const shared = new WeakMap<AbortSignal, { stops: Set<() => void>; listener: () => void }>()

/**
 * Runs `stop` once `signal` aborts, unless the returned function is called before. With a listener for each of thousands of subscribers
 * a signal would search its whole list at every addition and removal, and Node would warn of a leak at the eleventh.
 */
export function onAbort(signal: AbortSignal, stop: () => void): () => void {
  const entry = shared.get(signal) ?? listenTo(signal)
  entry.stops.add(stop)
  return () => {
    entry.stops.delete(stop)
    if (entry.stops.size > 0 || shared.get(signal) !== entry) return
    shared.delete(signal)
    signal.removeEventListener('abort', entry.listener)
  }
}

function listenTo(signal: AbortSignal) {
  const stops = new Set<() => void>()
  const listener = () => {
    shared.delete(signal)
    for (const stop of stops) {
      try {
        stop()
      } catch (error) {
        // As with listeners of their own: one subscriber's throwing handler must not keep the others running.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
  signal.addEventListener('abort', listener, { once: true })
  const entry = { stops, listener }
  shared.set(signal, entry)
  return entry
}

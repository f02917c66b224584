// A declared busy wait: experiments on overload need a server that is slower than its clients.

/** Spins for `us` µs. */
export function burn(us: number): void {
  const end = performance.now() + us / 1000
  while (performance.now() < end);
}

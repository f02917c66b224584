// What went wrong, in words.

/** The telling part of an error: Node's fetch puts it into `cause`, and a connect to several addresses into `errors`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message === 'fetch failed' && error.cause instanceof Error) return reasonOf(error.cause)
  const first: unknown = (error as AggregateError).errors?.[0]
  return error.message || (first instanceof Error ? first.message : error.name)
}

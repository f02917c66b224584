// The pages, loaded with the first request for one: a server under test never needs them.
import { fileURLToPath } from 'node:url'
import type express from 'express'

export function lazyPages(resultsDir = 'results'): express.RequestHandler {
  const root = new URL('../../', import.meta.url)
  let loading: Promise<express.RequestHandler> | undefined
  return (req, res, next) => {
    loading ??= import('./pages.ts').then(({ pages }) =>
      pages({
        distDir: fileURLToPath(new URL('dist/web', root)),
        resultsDir,
        samplesDir: fileURLToPath(new URL('results/samples', root)),
      }),
    )
    loading.then(router => router(req, res, next), next)
  }
}

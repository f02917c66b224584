// The live demo, loaded with the first request for it: a server under test never needs it.
import { fileURLToPath } from 'node:url'
import type { Mounting } from './app.ts'
import type { Demo } from './demo/demo.ts'
import { demoPaths } from './demo/wire.ts'
import { headCursor } from './log.ts'
import { pathOf } from './target.ts'
import { serverTransports } from './transports/index.ts'

const RECORDING = fileURLToPath(new URL('../../client/demo/recordings/class.ndjson', import.meta.url))

/** Serves the demo's part of the API; `recording` is what its pages play where nothing is live. */
export function mountDemo(
  { app, log, queues, addressOf, isLocal, upgrade, account, settle, onStop }: Mounting,
  recording = RECORDING,
): void {
  let loading: Promise<Demo> | undefined
  const load = (): Promise<Demo> => {
    loading ??= import('./demo/demo.ts').then(({ createDemo }) => {
      const demo = createDemo({
        transports: Object.keys(serverTransports),
        headSeq: () => log.head,
        headCursor: () => headCursor(log),
        settle,
        queues,
        addressOf,
        isLocal,
        recording,
      })
      account(demo.accountOf)
      onStop(demo.close)
      return demo
    })
    return loading
  }
  // Without a path of its own, which would be cut off: the router's paths are whole ones.
  app.use((req, res, next) => {
    void loading?.then(demo => demo.heard(req))
    const path = pathOf(req.url)
    if (path !== demoPaths.state && !path.startsWith(`${demoPaths.state}/`)) return next()
    load().then(demo => demo.router(req, res, next), next)
  })
  upgrade(demoPaths.telemetry, async (...request) => (await load()).telemetry(...request))
  upgrade(demoPaths.engine, async (...request) => (await load()).engine(...request), true)
}

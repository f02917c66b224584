// The anatomy's part of the API, loaded with the first request for it: a server under test never needs it.
import type { Anatomy } from './anatomy/anatomy.ts'
import { anatomyPaths } from './anatomy/wire.ts'
import type { Mounting } from './app.ts'
import { pathOf } from './target.ts'
import { serverTransports } from './transports/index.ts'

export function mountAnatomy({ app, upgrade, onConnection, onStop }: Mounting): void {
  let loaded: Anatomy | undefined
  let loading: Promise<Anatomy> | undefined
  const load = (): Promise<Anatomy> => {
    loading ??= import('./anatomy/anatomy.ts').then(({ createAnatomy }) => {
      loaded = createAnatomy(Object.keys(serverTransports))
      onConnection(loaded.opened)
      onStop(loaded.close)
      return loaded
    })
    return loading
  }
  // Without a path of its own, as the demo.
  app.use((req, res, next) => {
    loaded?.heard(req)
    const path = pathOf(req.url)
    if (path !== anatomyPaths.state && !path.startsWith(`${anatomyPaths.state}/`)) return next()
    load().then(anatomy => anatomy.router(req, res, next), next)
  })
  upgrade(anatomyPaths.tap, async (...request) => (await load()).tap(...request), true)
}

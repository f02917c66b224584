// A phone's network: what it is known by stands in the address of each request, so that the server counts it as the phone's.
import { PHONE_PARAMETER } from '../../../server/demo/phone-wire.ts'
import type { Network } from '../../transports/transport.ts'

export const namedNetwork = (network: Network, key: string): Network => ({
  connect(baseUrl) {
    const connection = network.connect(baseUrl)
    const named = (path: string): string => `${path}${path.includes('?') ? '&' : '?'}${PHONE_PARAMETER}=${key}`
    return {
      ...connection,
      get: (path, ...rest) => connection.get(named(path), ...rest),
      webSocket: (path, handlers) => connection.webSocket(named(path), handlers),
      library: () => ({ ...connection.library(), query: { [PHONE_PARAMETER]: key } }),
    }
  },
})

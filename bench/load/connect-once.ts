// One connection that is made, asked on, and reset once the answer has begun.
import { openSocket } from '../../client/network/socket.ts'

/** One connection; gives whether it was answered as it should be. */
export const connectOnce = (origin: URL, request: string): Promise<boolean> =>
  new Promise(resolve => {
    const over = (isAnswered: boolean): void => {
      // Reset, it leaves no port in TIME_WAIT: thousands a second would run out of them.
      socket.resetAndDestroy()
      resolve(isAnswered)
    }
    const socket = openSocket(
      origin,
      {},
      {
        onRead: chunk => over(/^HTTP\/1\.1 (101|200) /.test(chunk.toString('latin1', 0, 16))),
        onEnd: () => over(false),
        onFailure: () => over(false),
      },
    )
    socket.write(request)
  })

// What the page asks of the server that it came from: whether it can capture, and to do so.
import { type AnatomyState, anatomyPaths, type CapturePlan } from '../../server/anatomy/wire.ts'
import { type Capture, captureOf } from './capture.ts'
import { type Try, tryOf } from './tries.ts'

/** Whether a capture can be taken here; false also where no server is behind the page. */
export async function canCapture(): Promise<boolean> {
  try {
    const { canCapture } = (await ask('GET', anatomyPaths.state)) as AnatomyState
    return canCapture === true
  } catch {
    return false
  }
}

/** Begins one: from here on new connections are captured. Rejects with the server's sentence. */
export const beginCapture = async (transport: string): Promise<CapturePlan> =>
  (await ask('POST', anatomyPaths.captures, { transport })) as CapturePlan

/** Ends the one that is under way. Rejects with the server's sentence. */
export const endCapture = async (): Promise<Capture> => captureOf(await ask('POST', anatomyPaths.end, {}))

/** Has a handshake sent that a page cannot send. Rejects with the server's sentence. */
export const tryHandshake = async (step: string): Promise<Try> =>
  tryOf(await ask('POST', anatomyPaths.tries, { step }), 'try')

async function ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  const answer = await fetch(path, {
    method,
    cache: 'no-store',
    // Browsers keep what has no credentials on connections of its own: this does not come over one that is captured.
    credentials: 'omit',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const said = (await answer.json()) as { detail?: unknown }
  if (answer.ok) return said
  throw new Error(
    typeof said.detail === 'string' ? said.detail : `${method} ${path} was answered with ${answer.status}`,
  )
}

// The teacher's actions: the token from the address, and the requests that carry it.
import { type Action, demoLimits, demoPaths, type Reached } from '../../server/demo/wire.ts'

const KEY = 'demo-token'
/** Who pressed something is told by then that nothing came of it. */
const PATIENCE_MS = 8000
const SILENT = 'The server does not answer: is "npm run demo" still running?'

/** The token of this tab. One in the address is taken over and removed from there: addresses are shown on projectors and kept in histories. */
export function takeToken(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get('token') || undefined
  if (given) history.replaceState(history.state, '', location.pathname + location.search)
  try {
    if (given) sessionStorage.setItem(KEY, given)
    return sessionStorage.getItem(KEY) ?? undefined
  } catch {
    // A browser that may keep nothing throws at the very name.
    return given
  }
}

/** What is under way: of two requests at once the later one may be served first. */
let turn: Promise<unknown> = Promise.resolve()

/** One action after the other. Throws a sentence where it was not done. */
export function act(action: Action, token: string): Promise<unknown> {
  const askedMs = performance.now()
  const done = turn.then(() => {
    // Its turn came too late: nothing is to happen long after it was pressed.
    if (performance.now() - askedMs > PATIENCE_MS / 2) throw new Error(SILENT)
    return request(demoPaths.act, action, token)
  })
  turn = done.catch(() => {})
  return done
}

/** Who comes in from elsewhere in the next seconds. Throws a sentence where the server does not say. */
export const reached = async (token: string): Promise<Reached> =>
  JSON.parse(await request(demoPaths.reach, {}, token, demoLimits.reachMs + PATIENCE_MS))

/** The text of its answer. */
async function request(path: string, body: object, token: string, patienceMs = PATIENCE_MS): Promise<string> {
  let response: Response
  let text: string
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patienceMs),
    })
    text = await response.text()
  } catch {
    throw new Error(SILENT)
  }
  if (response.ok) return text
  if (response.status === 401 || response.status === 403)
    throw new Error(
      'The server does not accept this page’s token. Open the address that "npm run demo" printed for the teacher.',
    )
  const { detail } = readObject(text)
  throw new Error(
    typeof detail === 'string' ? `Not done: ${detail}.` : `Not done: the server answered ${response.status}.`,
  )
}

function readObject(text: string): { readonly detail?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {}
  } catch {
    return {}
  }
}

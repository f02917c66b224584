// A WebSocket's handshake, step by step: what RFC 6455 §4.1 and §4.2.2 ask of the request and of its answer, and what stands there.
import { acceptOf, keyFault } from './accept.ts'
import { type Head, headerOf } from './http.ts'

export interface HandshakeStep {
  /** `the offer to upgrade`. */
  readonly name: string
  readonly wanted: string
  /** `nothing` where there is none of it. */
  readonly found: string
  readonly isMet: boolean
}

const NOTHING = 'nothing'

/** Every step, in order; those of the answer also where none came. */
export function handshakeSteps(request: Head, answer: Head | undefined): HandshakeStep[] {
  const asked = (name: string): string => headerOf(request, name) ?? NOTHING
  const answered = (name: string): string => (answer && headerOf(answer, name)) ?? NOTHING
  const key = asked('sec-websocket-key')
  const { accept } = acceptOf(key)
  const step = (name: string, wanted: string, found: string, isMet: boolean): HandshakeStep => ({
    name,
    wanted,
    found,
    isMet,
  })
  const startOf = ({ method, version, status, reason }: Head): string =>
    status === 0 ? `${method}, ${version}` : `${version} ${status} ${reason}`
  return [
    step('the request', 'GET, HTTP/1.1', startOf(request), request.method === 'GET' && request.version === 'HTTP/1.1'),
    step('its Host', 'a host', asked('host'), headerOf(request, 'host') !== null),
    step('its Upgrade', 'websocket', asked('upgrade'), hasToken(asked('upgrade'), 'websocket')),
    step('its Connection', 'Upgrade', asked('connection'), hasToken(asked('connection'), 'upgrade')),
    step('its Sec-WebSocket-Key', '16 bytes in base64', key, keyFault(key) === undefined),
    step('its Sec-WebSocket-Version', '13', asked('sec-websocket-version'), asked('sec-websocket-version') === '13'),
    step('the answer', 'HTTP/1.1 101', answer ? startOf(answer) : NOTHING, answer?.status === 101),
    step("the answer's Upgrade", 'websocket', answered('upgrade'), hasToken(answered('upgrade'), 'websocket')),
    step("the answer's Connection", 'Upgrade', answered('connection'), hasToken(answered('connection'), 'upgrade')),
    step(
      "the answer's Sec-WebSocket-Accept",
      accept,
      answered('sec-websocket-accept'),
      answered('sec-websocket-accept') === accept,
    ),
  ]
}

/** Whether a list of names has one, compared without case (RFC 9110 §5.6.1). */
const hasToken = (list: string, wanted: string): boolean =>
  list.split(',').some(token => token.trim().toLowerCase() === wanted)

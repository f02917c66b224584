// What a phone may ask: to join by the code and, known by its key, to report, to change its transport, to predict, to leave.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkKeys, numberOf } from '../guard.ts'
import { Problem, quote } from '../problem.ts'
import type { Class, Phone } from './class.ts'
import { PHONE_PARAMETER, phonePaths } from './phone-wire.ts'
import { createTries, isSame } from './secrets.ts'
import type { Report } from './wire.ts'

/** Serves POST on `path`: `act` gets the JSON object that came, and what it returns is the answer (undefined: 204; else
 * with the status that `res` has by then). */
export type Post = (
  path: string,
  act: (req: IncomingMessage, body: Readonly<Record<string, unknown>>, res: ServerResponse) => unknown,
) => void

interface Attended {
  readonly start: { readonly code: string }
  readonly phones: Class
}

export interface PhonesParts<Session extends Attended> {
  readonly post: Post
  /** The session that goes on; throws Problem 409 where there is none. */
  readonly live: () => Session
  /** The phone of a key, whatever was sent as one; throws Problem 401. */
  readonly phoneOf: (key: unknown) => [Session, Phone]
  /** Whose tries it is. */
  readonly addressOf: (req: IncomingMessage) => string
  /** Told with each prediction: those of the scene so far. */
  readonly votes: (session: Session, votes: NonNullable<ReturnType<Class['votes']>>) => void
}

const inQuery = new RegExp(`[?&]${PHONE_PARAMETER}=([A-Za-z0-9_-]{22})(?:&|$)`)

/** The key of the phone whose request on a delivery path this is. */
export const phoneKeyIn = (target: string): string | undefined => inQuery.exec(target)?.[1]

/** Serves the phones' part of the API. */
export function servePhones<Session extends Attended>(parts: PhonesParts<Session>): void {
  const { post, live, phoneOf, addressOf, votes } = parts
  const tries = createTries()

  post(phonePaths.phones, (req, body, res) => {
    const { phones, start } = live()
    checkKeys(body, ['code', 'key'])
    const address = addressOf(req)
    tries.check(address)
    const { code } = body
    if (typeof code !== 'string' || !isSame(code.toUpperCase(), start.code)) {
      tries.failed(address)
      throw new Problem(403, `${quote(code)} is not the code on the screen`)
    }
    const phone = phones.join(body.key)
    res.statusCode = 201
    return phones.joined(phone)
  })
  post(phonePaths.report, (_req, body) => {
    const [{ phones }, phone] = phoneOf(body.key)
    checkKeys(body, ['key', 'seq', 'delivered', 'delayMs', 'uncertaintyMs'])
    const count = { min: 0, max: Number.MAX_SAFE_INTEGER }
    // Clocks that differ can make a delay come out below zero.
    const ms = { min: -86_400_000, max: 86_400_000, isWhole: false }
    const optional = (key: 'delayMs' | 'uncertaintyMs') => (body[key] === null ? null : numberOf(body, key, ms))
    const report: Report = {
      seq: numberOf(body, 'seq', count),
      delivered: numberOf(body, 'delivered', count),
      delayMs: optional('delayMs'),
      uncertaintyMs: optional('uncertaintyMs'),
    }
    phones.report(phone, report)
    return phones.told(phone)
  })
  post(phonePaths.transport, (_req, body) => {
    const [{ phones }, phone] = phoneOf(body.key)
    checkKeys(body, ['key', 'transport'])
    phones.change(phone, String(body.transport))
    return phones.joined(phone)
  })
  post(phonePaths.vote, (_req, body) => {
    const [session, phone] = phoneOf(body.key)
    const { phones } = session
    live()
    checkKeys(body, ['key', 'scene', 'choice'])
    phones.vote(phone, String(body.scene), numberOf(body, 'choice', { min: 0, max: 100 }))
    votes(session, phones.votes()!)
    return phones.told(phone)
  })
  post(phonePaths.leave, (_req, body) => {
    const [{ phones }, phone] = phoneOf(body.key)
    checkKeys(body, ['key'])
    phones.leave(phone)
    return undefined
  })
}

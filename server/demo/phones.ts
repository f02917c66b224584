// What a phone may ask: to join by the code and, known by its cookie, to report, to change its transport, to predict.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem, quote } from '../problem.ts'
import type { Class, Phone } from './class.ts'
import { checkKeys, createTries, isSame, numberOf } from './guard.ts'
import { demoPaths, type Report } from './wire.ts'

const COOKIE = 'lab_phone'

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
  /** The phone that asks, by its cookie; throws Problem 401. */
  readonly phoneOf: (req: IncomingMessage) => [Session, Phone]
  /** Whose tries it is. */
  readonly addressOf: (req: IncomingMessage) => string
  /** Told with each prediction: those of the scene so far. */
  readonly votes: (session: Session, votes: NonNullable<ReturnType<Class['votes']>>) => void
}

/** What the phone's cookie says. */
export const keyOf = (req: IncomingMessage): string | undefined =>
  /(?:^|;\s*)lab_phone=([A-Za-z0-9_-]{22})(?:;|$)/.exec(req.headers.cookie ?? '')?.[1]

/** Serves the phones' part of the API. */
export function servePhones<Session extends Attended>(parts: PhonesParts<Session>): void {
  const { post, live, phoneOf, addressOf, votes } = parts
  const tries = createTries()

  post(demoPaths.phones, (req, body, res) => {
    const { phones, start } = live()
    checkKeys(body, ['code'])
    const address = addressOf(req)
    tries.check(address)
    const { code } = body
    if (typeof code !== 'string' || !isSame(code.toUpperCase(), start.code)) {
      tries.failed(address)
      throw new Problem(403, `${quote(code)} is not the code on the screen`)
    }
    const phone = phones.find(keyOf(req)) ?? phones.join()
    res.statusCode = 201
    res.setHeader('Set-Cookie', `${COOKIE}=${phone.key}; HttpOnly; SameSite=Strict; Path=/`)
    return phones.joined(phone)
  })
  post(demoPaths.report, (req, body) => {
    const [{ phones }, phone] = phoneOf(req)
    checkKeys(body, ['seq', 'delivered', 'delayMs', 'uncertaintyMs'])
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
  post(demoPaths.transport, (req, body) => {
    const [{ phones }, phone] = phoneOf(req)
    checkKeys(body, ['transport'])
    phones.change(phone, String(body.transport))
    return phones.joined(phone)
  })
  post(demoPaths.vote, (req, body) => {
    const [session, phone] = phoneOf(req)
    const { phones } = session
    live()
    checkKeys(body, ['scene', 'choice'])
    phones.vote(phone, String(body.scene), numberOf(body, 'choice', { min: 0, max: 100 }))
    votes(session, phones.votes()!)
    return phones.told(phone)
  })
}

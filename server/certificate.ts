// LEAF. A certificate for a server that was given none: signed by itself, made when it is asked for.
import { isIP } from 'node:net'

/** Both as PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

const VALID_DAYS = 30
const DAY_MS = 24 * 3600 * 1000
/** Numbers of the kinds of names a certificate may hold (RFC 5280 §4.2.1.6). */
const kinds = { dns: 2, ip: 7 } as const

/** One for localhost, 127.0.0.1, ::1 and `hosts` (names and addresses), on the curve P-256. Throws where the package that makes it is missing. */
export async function selfSigned(hosts: readonly string[] = []): Promise<Certificate> {
  const { generate } = await import('selfsigned').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Error('a self-signed certificate needs the package selfsigned: npm install selfsigned')
  })
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...hosts])]
  // A clock a little behind ours must not find it too young.
  const notBeforeDate = new Date(Date.now() - DAY_MS)
  const made = await generate([{ name: 'commonName', value: 'transport lab' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate,
    notAfterDate: new Date(notBeforeDate.getTime() + VALID_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map(name => (isIP(name) ? { type: kinds.ip, ip: name } : { type: kinds.dns, value: name })),
      },
    ],
  })
  return { cert: made.cert, key: made.private }
}

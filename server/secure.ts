// What makes the server one of https: its certificate, read and checked, and the settings of TLS.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Server, Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { type Certificate, selfSigned } from './certificate.ts'
import { type ServerOptions, type TlsFiles, UsageError } from './options.ts'

/** A client has this long for its handshake; Node would wait two minutes. */
const HANDSHAKE_MS = 10_000

/** What a server of https is made with, or undefined for one of http. Throws UsageError where the files are not a certificate and its key. */
export async function secureSettings({
  tls,
  host,
  hostNames,
}: Pick<ServerOptions, 'tls' | 'host' | 'hostNames'>): Promise<TlsOptions | undefined> {
  if (tls === undefined) return undefined
  const certificate =
    tls === 'self-signed'
      ? await selfSigned([host, ...hostNames])
      : 'made' in tls
        ? tls.made
        : await readCertificate(tls)
  return { ...certificate, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'], handshakeTimeout: HANDSHAKE_MS }
}

/** Tells which raw connection lies under each one of TLS. Node does not say, but both have the same two ends. */
export function pairSockets(server: Server, onPair: (secure: Socket, raw: Socket) => void): void {
  const waiting = new Map<string, Socket>()
  const endsOf = ({ remoteAddress, remotePort, localAddress }: Socket) =>
    `${remoteAddress} ${remotePort} ${localAddress}`
  server.on('connection', (raw: Socket) => {
    // One that is gone already has no other end.
    if (raw.remotePort === undefined) return
    const ends = endsOf(raw)
    waiting.set(ends, raw)
    raw.once('close', () => waiting.get(ends) === raw && waiting.delete(ends))
  })
  server.on('secureConnection', (secure: Socket) => {
    const ends = endsOf(secure)
    const raw = waiting.get(ends)
    waiting.delete(ends)
    if (raw) onPair(secure, raw)
  })
}

async function readCertificate(files: TlsFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([readPem('cert', files.cert), readPem('key', files.key)])
  const certificate = parsed('cert', 'a certificate in PEM', files.cert, () => new X509Certificate(cert))
  const privateKey = parsed('key', 'a private key in PEM, without a passphrase', files.key, () => createPrivateKey(key))
  if (!matches(certificate, privateKey))
    throw new UsageError(`--tls-key must be the key of the certificate ${quoted(files.cert)}, got ${quoted(files.key)}`)
  return { cert, key }
}

const quoted = (value: string): string => JSON.stringify(value)

async function readPem(option: 'cert' | 'key', path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(
      `--tls-${option} must be a file that can be read, got ${quoted(path)} (${(error as NodeJS.ErrnoException).code})`,
    )
  }
}

function parsed<Result>(option: 'cert' | 'key', rule: string, path: string, parse: () => Result): Result {
  try {
    return parse()
  } catch {
    throw new UsageError(`--tls-${option} must be ${rule}, got ${quoted(path)}`)
  }
}

/** Keys of another kind than the certificate's make the check throw. */
function matches(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.checkPrivateKey(key)
  } catch {
    return false
  }
}

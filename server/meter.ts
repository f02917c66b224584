// Bytes counted at the raw sockets (under TLS), attributed to the transport that used the socket.
import type { Socket } from 'node:net'

export interface ByteCount {
  /** Connections open now whose last use was this owner's. */
  open: number
  opened: number
  bytesIn: number
  bytesOut: number
}

/** What one client did, wherever else it is counted too. */
export interface ByteAccount {
  /** Requests on delivery paths; counted by whoever claims. */
  requests: number
  bytesIn: number
  bytesOut: number
}

export interface Meter {
  /** Starts counting a connection; it belongs to `other` until claimed. False where it is counted already. */
  watch(socket: Socket): boolean
  /** TLS lies over a watched connection: claiming `secure` claims what is under it, where its bytes are counted. */
  wrap(secure: Socket, raw: Socket): void
  /** From here on the connection's bytes are `owner`'s, and a handshake before its first request too. On a kept-alive socket a request's bytes have been read by the time it is claimed and
   * go to the new owner, bytes still being written go to the one before. With `account` they are counted there too, until the next claim. */
  claim(socket: Socket, owner: string, account?: ByteAccount): void
  /** Every watched connection that is open. */
  sockets(): Iterable<Socket>
  /** How many that are. */
  readonly open: number
  /** Totals by owner, up to this moment. */
  read(): Readonly<Record<string, Readonly<ByteCount>>>
}

interface Reading {
  owner: string
  account: ByteAccount | undefined
  /** Nobody has claimed it yet. */
  isNew: boolean
  read: number
  written: number
}

export const OTHER = 'other'

export function createMeter(): Meter {
  const totals: Record<string, ByteCount> = {}
  const readings = new Map<Socket, Reading>()
  const wrapped = new WeakMap<Socket, Socket>()
  const totalOf = (owner: string): ByteCount => {
    totals[owner] ??= { open: 0, opened: 0, bytesIn: 0, bytesOut: 0 }
    return totals[owner]
  }

  function settle(
    socket: Socket,
    reading: Reading,
    reader: string,
    writer: string,
    readAccount: ByteAccount | undefined,
    writeAccount: ByteAccount | undefined,
  ): void {
    const { bytesRead, bytesWritten } = socket
    totalOf(reader).bytesIn += bytesRead - reading.read
    totalOf(writer).bytesOut += bytesWritten - reading.written
    if (readAccount) readAccount.bytesIn += bytesRead - reading.read
    if (writeAccount) writeAccount.bytesOut += bytesWritten - reading.written
    reading.read = bytesRead
    reading.written = bytesWritten
  }

  return {
    watch(socket) {
      if (readings.has(socket)) return false
      const reading: Reading = { owner: OTHER, account: undefined, isNew: true, read: 0, written: 0 }
      readings.set(socket, reading)
      const total = totalOf(OTHER)
      total.open++
      total.opened++
      socket.on('close', () => {
        settle(socket, reading, reading.owner, reading.owner, reading.account, reading.account)
        totalOf(reading.owner).open--
        readings.delete(socket)
      })
      return true
    },
    sockets: () => readings.keys(),
    get open() {
      return readings.size
    },
    wrap: (secure, raw) => void wrapped.set(secure, raw),
    claim(claimed, owner, account) {
      const socket = readings.has(claimed) ? claimed : wrapped.get(claimed)
      const reading = socket && readings.get(socket)
      if (!reading) return
      // Before its first request nothing but a handshake was written, which is part of what brought the request.
      const { isNew } = reading
      settle(socket, reading, owner, isNew ? owner : reading.owner, account, isNew ? account : reading.account)
      reading.isNew = false
      reading.account = account
      if (reading.owner === owner) return
      const before = totalOf(reading.owner)
      before.open--
      // A connection that has just come was counted as other's only until its first request said whose it is.
      if (reading.owner === OTHER) before.opened--
      const after = totalOf(owner)
      after.open++
      after.opened++
      reading.owner = owner
    },
    read() {
      for (const [socket, reading] of readings)
        settle(socket, reading, reading.owner, reading.owner, reading.account, reading.account)
      return totals
    },
  }
}

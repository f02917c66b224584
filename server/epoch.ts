// Names of epochs.
import { randomBytes } from 'node:crypto'

/** A fresh epoch: unguessable, at most 10 characters of [a-z0-9]. */
export const newEpoch = (): string =>
  BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .slice(0, 10)
    .padStart(6, '0')

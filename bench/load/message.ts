// Messages from client to server, all equally long, so that their bytes can be foretold.
import { loadBody } from './schedule.ts'

/** The first message's number; with six digits all along, every message has the same length. */
export const FIRST_REF = 100_000

/** An upstream frame of WebSocket, (server/README.md, "Delivery"). */
export const frameText = (ref: number, bodyBytes: number): string =>
  `{"publish":${loadBody(ref, bodyBytes)},"ref":${ref}}`

/** The body of a POST that publishes the same. */
export const postText = (ref: number, bodyBytes: number): string => `{"body":${loadBody(ref, bodyBytes)}}`

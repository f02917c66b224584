// Header profiles: what a subscriber's requests carry besides what its networking writes. `bare` adds nothing; `browser` was recorded.
import { readFile } from 'node:fs/promises'

export interface HeaderProfile {
  readonly recordedWith: string
  /** Of a poll or an event stream (fetch). */
  readonly request: Readonly<Record<string, string>>
  /** Of a WebSocket handshake. */
  readonly upgrade: Readonly<Record<string, string>>
}

/** Where the recorded pages came from; a subscriber's own pages come from its server. */
export const RECORDED_ORIGIN = 'http://127.0.0.1:8080'

/** A profile's headers as a page of `origin` would send them. */
export const fromHere = (headers: Readonly<Record<string, string>>, origin: string): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replaceAll(RECORDED_ORIGIN, origin)]))

const bare: HeaderProfile = { recordedWith: 'none', request: {}, upgrade: {} }

/** Reads a profile. */
export async function readProfile(name: string): Promise<HeaderProfile> {
  if (name === 'bare') return bare
  return JSON.parse(await readFile(new URL(`../../../bench/profiles/${name}.json`, import.meta.url), 'utf8')) as HeaderProfile
}

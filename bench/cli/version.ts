// Which release of the lab this is.
import { readFile } from 'node:fs/promises'

/** The version in package.json, seen from dist/bench/cli/. */
export async function version(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

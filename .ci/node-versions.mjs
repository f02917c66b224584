// The Nodes that the tests also run on, besides the one that runs them: where each one's binary lies in this user's cache.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Current releases, the newest long-term one first. */
export const majors = [26, 24, 22, 20]

const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
export const folder = join(cache, 'transport-lab', 'nodes')

/** The binary of a major version; undefined where `npm run setup` has not brought it. */
export function nodeOf(major) {
  const path = join(folder, 'node_modules', `node${major}`, 'bin', 'node')
  return existsSync(path) ? path : undefined
}

// As a program: the packages to install, for .ci/setup.
if (process.argv[1] && pathToFileURL(process.argv[1]).href === import.meta.url) {
  const missing = majors.filter(major => !nodeOf(major))
  const { platform, arch } = process
  const isOffered = platform === 'linux' && (arch === 'x64' || arch === 'arm64')
  console.log(folder)
  if (isOffered) console.log(missing.map(major => `node${major}@npm:node-linux-${arch}@${major}`).join(' '))
}

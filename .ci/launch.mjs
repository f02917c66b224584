// Runs a compiled entry (`launch.mjs server/main --port 8080`), building first only when a source is newer than dist/.
// stdout belongs to the program: the build speaks on stderr, and only when there is something to say.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampOf = folder => join(root, folder, '.built')
const lock = join(root, 'node_modules', '.transport-lab-build.lock')
const sources = ['server', 'client', 'bench', 'results', '.ci', 'package.json', 'tsconfig.json']
const isSource = name => /\.(ts|tsx|css|html|json|js|mjs)$/.test(name) && !/\.test\.tsx?$/.test(name)

/** What is newer than `ms` below `path`, each with its time; runs in results/ and recordings are data, not sources. */
function newerThan(ms, path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return []
  if (!stat.isDirectory()) return stat.mtimeMs > ms ? [`${stat.mtimeMs} ${path}`] : []
  const newer = []
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory() && path.endsWith('results') && entry.name !== 'kinds') continue
    if (entry.isDirectory() || isSource(entry.name)) newer.push(...newerThan(ms, join(path, entry.name)))
  }
  return newer
}

const sourcesNewerThan = ms => sources.flatMap(name => newerThan(ms, join(root, name)))

/** No source is newer than the last build, but those that the stamp says it had: a clock that was wrong gives files times of the future. */
const isFresh = folder => {
  const built = statSync(stampOf(folder), { throwIfNoEntry: false })
  if (!built) return false
  const had = new Set(readFileSync(stampOf(folder), 'utf8').split('\n'))
  return sourcesNewerThan(built.mtimeMs).every(source => had.has(source))
}

const isAlive = pid => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Takes the lock, or waits up to a minute for the process that holds it. */
function takeLock() {
  const waitUntil = Date.now() + 60_000
  for (;;) {
    try {
      mkdirSync(dirname(lock), { recursive: true })
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    let holder = 0
    try {
      holder = Number(readFileSync(lock, 'utf8'))
    } catch {}
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true })
    else if (Date.now() > waitUntil)
      throw new Error(`another build (pid ${holder}) holds ${lock}; end it or remove the file`)
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  }
}

function run(label, args) {
  // Tests build too, and what they measure must be what is served.
  const env = { ...process.env, NODE_ENV: 'production' }
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env })
  if (status === 0) return
  process.stderr.write(`${label} failed:\n${stdout}${stderr}\n`)
  process.exit(1)
}

/** Removes what a build has not written: what was made of sources that are gone. */
function removeLeftovers(folder, startedAt) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (entry.isFile() && statSync(file).mtimeMs < startedAt.getTime()) rmSync(file)
  }
}

/** Builds a folder where a source is newer than its last build. */
export function ensureFresh(folder, build) {
  if (isFresh(folder)) return
  takeLock()
  try {
    if (isFresh(folder)) return
    const startedAt = new Date()
    if (process.stderr.isTTY) process.stderr.write('building …\n')
    const ahead = sourcesNewerThan(startedAt.getTime())
    build()
    removeLeftovers(folder, startedAt)
    writeFileSync(stampOf(folder), [startedAt.toISOString(), ...ahead, ''].join('\n'))
    // What was edited while it was built is newer than the build.
    utimesSync(stampOf(folder), startedAt, startedAt)
  } finally {
    rmSync(lock, { force: true })
  }
}

/** Runs the compiler as a configuration says. */
export const compile = config => run('tsc', [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config])

/** Compiles into dist/ what Node runs, and bundles the pages. */
export const ensureBuilt = () =>
  ensureFresh('dist', () => {
    compile('.ci/tsconfig.build.json')
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
    const modes = ['production', 'report', 'demo', 'anatomy']
    for (const mode of existsSync(join(root, 'client', 'vite.config.ts')) ? modes : [])
      run('vite', [vite, 'build', '-c', 'client/vite.config.ts', '--mode', mode])
  })

if (process.argv[1] && pathToFileURL(process.argv[1]).href === import.meta.url) {
  const [entry, ...args] = process.argv.slice(2)
  ensureBuilt()
  if (entry !== '--build') {
    const file = join(root, 'dist', `${entry}.js`)
    process.argv = [process.execPath, file, ...args]
    await import(pathToFileURL(file).href)
  }
}

// The order of imports, the registries and the names: what design asks for and no compiler checks.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folders = ['server', 'client', 'bench', 'results'] as const

const files = folders.flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
)
const isTest = (file: string): boolean => /\.(test|fixture)\.tsx?$/.test(file)
const sources = files.filter(file => !isTest(file))

interface Import {
  readonly from: string
  readonly to: string
  readonly isType: boolean
}

/** Imports of our own files; `import type` and `import { type … }` only are types. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?([^'"]*?)from\s+['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]\s*\)/gm,
  )
  return [...found].map(([, type, names = '', fixed, lazy]) => ({
    from: file,
    to: relative(root, resolve(root, dirname(file), (fixed ?? lazy)!)).replaceAll('\\', '/'),
    isType:
      type !== undefined ||
      (/^\{[^}]*\}\s*$/.test(names) &&
        names
          .replace(/[{}]/g, '')
          .split(',')
          .every(name => /^\s*(type\s|$)/.test(name))),
  }))
}

const all = files.flatMap(importsOf)
const topOf = (file: string): string => file.split('/')[0]!
const said = (imports: readonly Import[]): string[] => imports.map(({ from, to }) => `${from} imports ${to}`)

/** The wire, how two processes ask each other, a sum of statuses, what a test machine's certificate is, and what a word was meant for: what the others share, and what imports nothing of ours. */
const leaves = [
  'server/protocol.ts',
  'server/frames.ts',
  'server/certificate.ts',
  'server/workers/channel.ts',
  'server/workers/sum.ts',
  'server/workers/web-socket-port.ts',
  'server/demo/wire.ts',
  'server/demo/phone-wire.ts',
  'server/anatomy/wire.ts',
  'server/text-file.ts',
  'server/suggest.ts',
]
/** The format of a run: imports nothing of ours but itself. */
const schema = [
  ...['sums', 'estimate', 'figures', 'base-cell', 'base-scenario', 'scenario', 'cell', 'format'].map(
    name => `results/${name}.ts`,
  ),
  ...sources.filter(file => file.startsWith('results/kinds/')),
]

/** What a folder may import from another one. */
function isAllowed({ from, to, isType }: Import): boolean {
  const [here, there] = [topOf(from), topOf(to)]
  if (here === there) return true
  if (here === 'server' || here === 'results') return false
  if (there === 'results' || leaves.includes(to)) return true
  if (there === 'server' && (isType || isTest(from))) return true
  return here === 'bench' && there === 'client'
}

/** What tests alone reach for against the order. */
const forTests: Readonly<Record<string, string>> = {
  '.ci/node-versions.mjs': 'which Nodes are supported stands where CI reads it',
  'bench/fleet/backplanes.ts': 'it starts the programs behind backplanes, without which there is nothing to test',
  'bench/fleet/redis.ts': 'likewise',
  'bench/fleet/rabbitmq.ts': 'likewise',
  'bench/machine/installed-chromium.ts': 'where the browser is that pages are tested in',
  'bench/report/report-html.ts': 'it packs the viewer into one file, and the viewer must work from there',
  'client/network/node.ts': 'what a server delivers is heard by the clients of this repository',
  'client/transports/index.ts': 'likewise',
}

/** The steps of the bench: each imports from those before it, never from one after it. */
const steps = [
  ['cli', 'machine', 'profiles', 'link', 'fleet', 'contestants', 'load', 'cell', 'demo', 'anatomy'],
  ['kinds'],
  ['experiments'],
  ['report'],
].map(names => new RegExp(`^bench/(${names.join('|')})/`))
const stepOf = (file: string): number => steps.findIndex(step => step.test(file))
const programs = /^bench\/(main|engine|fit-plan|demo|anatomy|site)\.ts$/

/** Tests of one step that need a later one. */
const acrossSteps: Readonly<Record<string, string>> = {
  'bench/contestants/contestants.test.ts': 'each contestant is driven as it is measured, by the kind of peers',
  'bench/fleet/fleet.test.ts': 'a fleet is driven as it is measured, by the kinds that take one',
  'bench/kinds/made-up.test.ts': 'a kind that is registered goes all the way: engine, run file, progress line',
  'bench/machine/preflight.test.ts': 'what a machine cannot hold is refused as a plan is fitted to it',
}

describe('imports', () => {
  it('are found at all', () => {
    expect(all.length).toBeGreaterThan(50)
    expect(all.filter(({ isType }) => isType).length).toBeGreaterThan(5)
    expect(all.filter(({ from }) => isTest(from)).length).toBeGreaterThan(50)
    expect(all.filter(({ to }) => !files.includes(to) && /\.tsx?$/.test(to))).toEqual([])
  })

  it('go one way only between the folders, in tests as well', () => {
    const against = all.filter(each => !isAllowed(each))
    expect(said(against.filter(({ from, to }) => !isTest(from) || !(to in forTests)))).toEqual([])
    expect([...new Set(against.map(({ to }) => to))].sort()).toEqual(Object.keys(forTests).sort())
  })

  it('go one way only within the bench: kinds before experiments before reports', () => {
    const against = all.filter(({ from, to }) => stepOf(from) >= 0 && (stepOf(to) > stepOf(from) || programs.test(to)))
    expect(said(against.filter(({ from }) => !(from in acrossSteps)))).toEqual([])
    expect([...new Set(against.map(({ from }) => from))].sort()).toEqual(Object.keys(acrossSteps).sort())
  })

  it('leave the leaves leaves', () => {
    const ofLeaves = all.filter(
      ({ from, to, isType }) => (leaves.includes(from) && !isType) || (schema.includes(from) && !schema.includes(to)),
    )
    expect(said(ofLeaves)).toEqual([])
  })

  it('lead from no source to a test or its fixture', () => {
    expect(said(all.filter(({ from, to }) => !isTest(from) && isTest(to)))).toEqual([])
  })

  it('make no circles, those of types included', () => {
    const next = new Map<string, string[]>()
    for (const { from, to } of all) next.set(from, [...(next.get(from) ?? []), to])
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (done.has(file) || path.includes(file)) return
      for (const to of next.get(file) ?? []) visit(to, [...path, file])
      done.add(file)
    }
    for (const file of next.keys()) visit(file, [])
    expect(circles).toEqual([])
  })
})

describe('registries', () => {
  /** Charts have further parts of their registry: for what a page fetches later, and for what is drawn into files only. */
  const registries = ['index.ts', 'occasional.ts']
  const contracts = ['transport.ts', 'backplane.ts', 'experiment.ts', 'chart.ts', 'kind.ts', ...registries]
  it.each([
    'server/transports',
    'client/transports',
    'server/backplanes',
    'bench/experiments',
    'bench/kinds',
    'results/kinds',
    'client/charts',
  ])('%s registers every file of its folder', folder => {
    const members = sources.filter(
      file => dirname(file) === folder && !contracts.includes(file.slice(folder.length + 1)),
    )
    const registered = registries
      .map(name => `${folder}/${name}`)
      .filter(file => sources.includes(file))
      .flatMap(file => importsOf(file).map(({ to }) => to))
    expect(members.length).toBeGreaterThan(0)
    expect(members.filter(file => !registered.includes(file))).toEqual([])
  })

  it("have a transport's both halves under one name", () => {
    const names = (folder: string) =>
      sources
        .filter(file => dirname(file) === folder && !contracts.includes(file.slice(folder.length + 1)))
        .map(file => file.slice(folder.length + 1))
    expect(names('client/transports').sort()).toEqual(names('server/transports').sort())
  })
})

describe('names of transports', () => {
  const names = importsOf('server/transports/index.ts')
    .filter(({ isType }) => !isType)
    .map(({ to }) => to.replace(/^.*\/|\.ts$/g, ''))

  /** What a transport is made of by name: a library of its own. */
  const libraries = ['socketIo', 'SocketIo', 'engineIo', 'EngineIo', 'engine\\.io', 'socket\\.io']
  const reasons: Readonly<Record<string, string>> = {
    'results/format.ts': 'a run of before is read',
    'client/codecs/handshake.ts': 'what the header Upgrade calls the protocol',
    'results/model-bytes.ts': 'a model is of one protocol, and named after it',
    'results/packages.ts': 'the packages that a transport is made of',
  }

  it('stand only in their own files, in the registries and in experiments', () => {
    expect(names.length).toBeGreaterThanOrEqual(4)
    const quoted = new RegExp(`['"\`/](${names.join('|')})['"\`/?]|${libraries.join('|')}`)
    const mayName = (file: string): boolean =>
      /^(server|client)\/transports\//.test(file) || /^bench\/(experiments|contestants)\//.test(file) || file in reasons
    const offending = sources
      .filter(file => !mayName(file))
      .flatMap(file =>
        readFileSync(join(root, file), 'utf8')
          .split('\n')
          .map((line, i) => [`${file}:${i + 1}`, line] as const),
      )
      // Paths of modules and comments may name them.
      .filter(([, line]) => quoted.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line) && !/from '|import\(/.test(line))
      .map(([where, line]) => `${where} ${line.trim()}`)
    expect(offending).toEqual([])
  })
})

describe('libraries', () => {
  /** What goes past a type, or reaches for what a library keeps to itself. */
  const door = /\bas unknown as\b|\bas never\b|@ts-(expect-error|ignore|nocheck)|[\w)\]]\??\._[a-z]/
  const reasons: Readonly<Record<string, string>> = {
    'server/backplanes/rabbitmq/link.ts':
      'amqplib closes in order or not at all: a broker that does not answer is left by its socket',
    'client/charts/drawing/canvas.ts': "@napi-rs/canvas has a browser's canvas in all but its type",
    'bench/machine/chromium.ts': "a page's own global, which no type knows",
    'bench/cli/fail-on.ts': 'the groups of our own pattern',
  }

  it('are used by their public interface; what is not has a reason', () => {
    const found = sources.flatMap(file =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .map((line, i) => [`${file}:${i + 1}`, line] as const)
        .filter(([, line]) => door.test(line.replace(/\/\/.*$|^\s*\*.*$|\/\*\*.*$|'[^']*'/g, ''))),
    )
    const where = ([place]: readonly [string, string]) => place.split(':')[0]!
    expect(found.filter(each => !(where(each) in reasons)).map(([place, line]) => `${place} ${line.trim()}`)).toEqual(
      [],
    )
    expect([...new Set(found.map(where))].sort()).toEqual(Object.keys(reasons).sort())
  })
})

// How the tests run, in projects one after the other: `unit` starts no program, so that its files may share processes and all cores; `lab` has the
// real programs and browsers; `nodes` has the whole lab on the other Nodes, `package` what npm makes of it, `busy` what
// a machine that others use does to a run.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
/** Project and file: a bench among them measures, and nothing may run beside it. */
const alone = {
  nodes: 'bench/compat.test.ts',
  package: 'bench/package.test.ts',
  busy: 'bench/faults/attempts.test.ts',
}

/** What a test has that starts a program: something compiled, a child process, a browser, or a fixture with one. Whatever this misses fails
 * (.ci/vitest-unit.mjs). */
const startsPrograms =
  /dist(-fixtures)?\/|child_process|launchChromium|(page|demo|class|cell|backplane)\.fixture|fleet\/(program|backplanes|redis|rabbitmq|haproxy)|'\.\/program\.ts'|readMachine/
/** And what replaces modules, which then are replaced for all. */
const needsIsolation = /vi\.mock\(/

const files = ['server', 'client', 'bench', 'results']
  .flatMap(folder => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
  .filter(entry => entry.isFile() && /\.test\.tsx?$/.test(entry.name))
  .map(entry => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  .filter(file => !Object.values(alone).includes(file))
const isUnit = (file: string) => {
  const text = readFileSync(join(root, file), 'utf8')
  return !startsPrograms.test(text) && !needsIsolation.test(text)
}

export default defineConfig({
  test: {
    // What a busy machine takes is no fault; what hangs is.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: files.filter(isUnit),
          setupFiles: ['.ci/vitest-unit.mjs'],
          isolate: false,
          unstubGlobals: true,
          unstubEnvs: true,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: files.filter(file => !isUnit(file)),
          globalSetup: ['.ci/vitest-build.mjs'],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      ...Object.entries(alone).map(([name, file], i) => ({
        extends: true as const,
        test: {
          name,
          include: [file],
          globalSetup: ['.ci/vitest-build.mjs'],
          sequence: { groupOrder: i + 2 },
        },
      })),
    ],
    // .ci/run reads its closing count from this report.
    ...(process.env.VITEST_REPORT && {
      reporters: ['default', 'json'],
      outputFile: { json: process.env.VITEST_REPORT },
    }),
  },
})

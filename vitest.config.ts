// How the tests run: real sockets and real browsers, so two files at a time on a small machine's two cores; last and alone come those in which a
// bench must measure undisturbed. `npm run test:unit` runs those that start no program.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
/** Project and file. */
const alone = { nodes: 'bench/compat.test.ts', package: 'bench/package.test.ts' }

/** What a test has that starts a program: something compiled, a child process, a browser, or a fixture with one. */
const startsPrograms =
  /dist\/|child_process|launchChromium|(page|demo|class|cell|backplane)\.fixture|fleet\/(program|backplanes|redis|rabbitmq|haproxy)/

const files = ['server', 'client', 'bench', 'results']
  .flatMap(folder => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
  .filter(entry => entry.isFile() && /\.test\.tsx?$/.test(entry.name))
  .map(entry => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  .filter(file => !Object.values(alone).includes(file))
const units = files.filter(file => !startsPrograms.test(readFileSync(join(root, file), 'utf8')))

export default defineConfig({
  test: {
    // What a busy machine takes is no fault; what hangs is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['.ci/vitest-build.mjs'],
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'lab',
          include: process.env.LAB_TESTS === 'unit' ? units : ['{server,client,bench,results}/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', ...Object.values(alone)],
          sequence: { groupOrder: 0 },
        },
      },
      ...Object.entries(alone).map(([name, file], i) => ({
        extends: true as const,
        test: { name, include: [file], sequence: { groupOrder: i + 1 } },
      })),
    ],
    // .ci/run reads its closing count from this report.
    ...(process.env.VITEST_REPORT && {
      reporters: ['default', 'json'],
      outputFile: { json: process.env.VITEST_REPORT },
    }),
  },
})

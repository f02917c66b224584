// How the tests run: real sockets and real browsers, so two files at a time on a small machine's two cores. The other Nodes come last and alone,
// since a bench among them measures.
import { defineConfig } from 'vitest/config'

const COMPAT = 'bench/compat.test.ts'

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['.ci/vitest-build.mjs'],
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['{server,client,bench,results}/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', COMPAT],
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'nodes', include: [COMPAT], sequence: { groupOrder: 1 } } },
    ],
    // .ci/run reads its closing count from this report.
    ...(process.env.VITEST_REPORT && {
      reporters: ['default', 'json'],
      outputFile: { json: process.env.VITEST_REPORT },
    }),
  },
})

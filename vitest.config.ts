// How the tests run: real sockets and real browsers, so files one after the other on a small machine's two cores.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{server,client,bench,results}/**/*.test.{ts,tsx}'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['.ci/vitest-build.mjs'],
    maxWorkers: 2,
    // .ci/run reads its closing count from this report.
    ...(process.env.VITEST_REPORT && {
      reporters: ['default', 'json'],
      outputFile: { json: process.env.VITEST_REPORT },
    }),
  },
})

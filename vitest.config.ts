import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // piscina's threads inherit this, so that they can load the worker's TypeScript.
    execArgv: ['--import', 'tsx'],
    testTimeout: 60_000,
  },
})

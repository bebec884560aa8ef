import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need a registry or tools beside Node: `npm run test:integration`.
    exclude: [...configDefaults.exclude, 'test/integration/**'],
    pool: 'forks',
    // piscina's threads inherit this, so that they can load the worker's TypeScript.
    execArgv: ['--import', 'tsx'],
    testTimeout: 60_000,
  },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/integration/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--import', 'tsx'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})

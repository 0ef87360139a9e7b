import { defineConfig } from 'vitest/config';

// Run by `npm run test:campaigns`: the campaigns at small size, one after another, on the built server.
export default defineConfig({
  test: {
    include: ['test/campaigns/*.spec.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 600_000,
  },
});

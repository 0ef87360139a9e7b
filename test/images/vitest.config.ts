import { defineConfig } from 'vitest/config';

// Run by scripts/test-images.mjs, which builds what these tests look at.
export default defineConfig({
  resolve: { conditions: ['@interoffice/source'] },
  ssr: {
    resolve: {
      conditions: ['@interoffice/source', 'module', 'node', 'development|production'],
      externalConditions: ['@interoffice/source'],
    },
  },
  test: {
    include: ['test/images/*.spec.ts'],
    environment: 'node',
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

import { defineConfig } from 'vitest/config';

// Tests run the TypeScript sources themselves: no build has to be fresh for them.
export default defineConfig({
  resolve: { conditions: ['@interoffice/source'] },
  ssr: {
    resolve: {
      conditions: ['@interoffice/source', 'module', 'node', 'development|production'],
      externalConditions: ['@interoffice/source'],
    },
  },
  test: {
    include: [
      'libs/*/src/**/*.spec.ts',
      'apps/*/src/**/*.spec.ts',
      'test/{architecture,scenarios,faults,simulation}/**/*.spec.ts',
    ],
    globalSetup: ['test/support/global-setup.ts'],
    environment: 'node',
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['libs/*/src/**/*.ts'],
      exclude: ['**/*.spec.ts', '**/index.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90 },
    },
  },
});

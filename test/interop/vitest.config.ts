import { defineConfig } from 'vitest/config';

// Foreign clients and browsers against the built appliance. Files run one after the other: each starts an appliance.
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  resolve: { conditions: ['@interoffice/source'] },
  ssr: {
    resolve: {
      conditions: ['@interoffice/source', 'module', 'node', 'development|production'],
      externalConditions: ['@interoffice/source'],
    },
  },
  test: {
    include: ['test/interop/**/*.spec.ts', 'test/browser/**/*.spec.ts'],
    // They have a network and settings of their own.
    exclude: ['test/interop/{directories,federation}/**'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What is drawn or answered comes when a busy machine gets to it.
    expect: { poll: { timeout: 20_000 } },
  },
});

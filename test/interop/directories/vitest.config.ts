import { defineConfig } from 'vitest/config';

// Real directories, in a network of their own. Files run one after the other: all of them change the same directories.
export default defineConfig({
  root: new URL('../../..', import.meta.url).pathname,
  resolve: { conditions: ['@interoffice/source'] },
  ssr: {
    resolve: {
      conditions: ['@interoffice/source', 'module', 'node', 'development|production'],
      externalConditions: ['@interoffice/source'],
    },
  },
  test: {
    include: ['test/interop/directories/**/*.spec.ts'],
    globalSetup: ['test/interop/directories/directory-setup.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

import { defineConfig } from 'vitest/config';

// Other servers, in a network and with name servers of their own. Files run one after the other: they share the ports.
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
    include: ['test/interop/federation/**/*.spec.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

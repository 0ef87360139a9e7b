import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The API puts the nonce of each answer in the place of the word below (apps/api/src/web/static-apps.ts).
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [react()],
  resolve: { conditions: ['@interoffice/source', 'module', 'browser', 'development|production'] },
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
});

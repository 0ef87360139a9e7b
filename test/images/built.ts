/** What scripts/test-images.mjs has made ready; throws when it did not run. */
export function built(name: 'IMAGE_ROOT' | 'IMAGE_CONFIG' | 'RENDER'): string {
  const value = process.env[`INTEROFFICE_TEST_${name}`];
  if (value === undefined) throw new Error('These tests need what "npm run test:images" builds first.');
  return value;
}

import { describeArchive } from './archive.contract.js';
import { MemoryArchive } from './memory-archive.js';

describeArchive('archive in memory', () => {
  const archive = new MemoryArchive();
  return Promise.resolve({ sink: archive, reader: archive, close: () => Promise.resolve() });
});

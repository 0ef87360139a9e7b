import { survivingFlag } from '@interoffice/routing';

/** Set on devices that read the archive themselves: pushed at them as well, they would get everything twice. XEP-0313 §8 */
export const readsArchive = survivingFlag('archive.reads');

import type { Feature } from '@interoffice/routing';
import { NS } from '@interoffice/wire';

/**
 * Bookmarks, kept by PEP and shown in their older forms by PEP and private storage: what holds all of it together is
 * `Bookmarks`; this says to clients that it does. XEP-0402 §6
 */
export function bookmarks(): Feature {
  return {
    name: 'bookmarks',
    implements: [
      { xep: 48, version: '1.2' },
      { xep: 402, version: '1.2.0' },
    ],
    advertises: { account: [`${NS.bookmarks}#compat`, `${NS.bookmarks}#compat-pep`] },
  };
}

import type { Feature } from '@interoffice/routing';
import { NS } from '@interoffice/wire';
import type { Capabilities } from './capabilities.js';

/** Entity Capabilities: the server knows what the devices of its people want to hear of. XEP-0115 */
export function caps(capabilities: Capabilities): Feature {
  return {
    name: 'caps',
    implements: [{ xep: 115, version: '1.6.0' }],
    advertises: { server: [NS.caps] },
    watches: { broadcast: (session) => capabilities.learn(session), gone: (session) => capabilities.gone(session) },
  };
}

import { afterAll, beforeAll, describe, it } from 'vitest';
import { play } from '../support/script.js';
import { RunningAppliance } from './appliance.js';
import { protocolScripts } from './protocol-scripts.js';
import { WAYS, WireTheatre } from './wire-theatre.js';

/** What the suite test/scenarios plays in one process, between processes: sockets, TLS, PostgreSQL and a journal on disk. */
describe('protocol scripts on a running appliance', () => {
  describe.each(WAYS)('over %s', (way) => {
    // One each: what a server has learned from the clients of one way must not help with another.
    let appliance: RunningAppliance;
    beforeAll(async () => {
      appliance = await RunningAppliance.local('im.example');
    });
    afterAll(() => appliance?.remove());

    it.each(protocolScripts())('$script.cites ($file)', async ({ script }) => {
      await play(script, new WireTheatre(appliance, way));
    });
  });
});

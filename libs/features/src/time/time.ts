import { type Feature, get } from '@interoffice/routing';
import type { Clock } from '@interoffice/telemetry';
import { NS, xml } from '@interoffice/wire';

/** Entity Time: the server's clock, in UTC. XEP-0202 */
export function time(clock: Clock): Feature {
  return {
    name: 'time',
    implements: [{ xep: 202, version: '2.0' }],
    advertises: { server: [NS.time] },
    answers: [
      get('server', NS.time, 'time', () =>
        xml('time', { xmlns: NS.time }, xml('tzo', {}, '+00:00'), xml('utc', {}, new Date(clock.now()).toISOString())),
      ),
    ],
  };
}

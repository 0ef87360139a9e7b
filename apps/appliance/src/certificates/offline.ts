import type { Settings } from '@interoffice/config';
import { OwnCertificate } from '@interoffice/gateway';
import type { Clock } from '@interoffice/telemetry';
import type { Operations } from '../control.js';
import { certificateOperations } from './operations.js';
import { rowOf } from './row-of.js';

/**
 * The same operations where no server runs, and for gateways, which have no control socket: on the files alone. A gateway
 * that runs sees within seconds what was put in place.
 */
export function offlineCertificateOperations(settings: Settings, clock: Clock): Operations {
  const own = new OwnCertificate(settings, clock);
  const rows = async () => {
    const { facts, fault, names, missing, isProvisional, file } = await own.show();
    const about = { whose: 'own' as const, domain: names[0]!, facts, missing, isProvisional, now: clock.now() };
    return [rowOf({ ...about, fault: fault && `${file}: ${fault}` })];
  };
  const standing = async () => {
    const nothing = { renewal: undefined, probe: undefined, gateways: [], warnings: [] };
    return { names: own.names, isSwappable: own.live !== undefined, ...nothing };
  };
  return certificateOperations({
    own,
    board: { rows, standing },
    renew: undefined,
    audit: undefined,
    reload: () => Promise.resolve(),
  });
}

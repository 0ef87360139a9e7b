import type { Settings } from '@interoffice/config';
import { Failure } from '@interoffice/telemetry';

/**
 * Throws SETTING_NOT_AVAILABLE for settings that this release understands but cannot carry out yet: better no start than
 * one that promises what it does not do.
 */
export function refuseUnavailable({ registration, anonymous, cluster }: Settings): void {
  const asked = [
    registration && 'registration',
    anonymous !== false && 'anonymous',
    cluster !== 'none' && 'cluster',
  ].filter((name) => name !== false);
  if (asked.length === 0) return;
  throw new Failure(
    'SETTING_NOT_AVAILABLE',
    `This release cannot do what is set under ${asked.join(', ')}; remove it from the settings.`,
  );
}

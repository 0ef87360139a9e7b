import type { Hold as KeptHold } from '@interoffice/archive';
import type { Hold } from '@interoffice/contract';

/** A hold as the API tells it. */
export function holdOf({ fromMs, untilMs, placedAtMs, released, ...same }: KeptHold): Hold {
  return {
    ...same,
    people: [...same.people],
    rooms: [...same.rooms],
    peers: [...same.peers],
    words: [...same.words],
    ...(fromMs !== undefined && { from: new Date(fromMs).toISOString() }),
    ...(untilMs !== undefined && { until: new Date(untilMs).toISOString() }),
    placedAt: new Date(placedAtMs).toISOString(),
    ...(released && {
      releasedBy: released.by,
      releasedAt: new Date(released.atMs).toISOString(),
      releaseReason: released.reason,
    }),
  };
}

import os from 'node:os';
import type { Part } from '@interoffice/api';
import { Reconciliation } from '@interoffice/archive';
import type { XmppServer } from '@interoffice/server';
import type { Database } from '@interoffice/storage';
import { type Clock, Failure, type Log, type Metrics } from '@interoffice/telemetry';

export interface CompletenessParts {
  readonly database: Database;
  readonly xmpp: XmppServer;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Compares what streams and rooms have accepted with what is archived; undefined where nothing is recorded. */
export function reconciliationOf({
  database,
  xmpp,
  clock,
  log,
  metrics,
}: CompletenessParts): Reconciliation | undefined {
  const { tally } = xmpp;
  if (!tally) return undefined;
  const { clients, peers } = xmpp.routing.arrived;
  return new Reconciliation({
    database,
    tally,
    node: os.hostname(),
    edges: () => [
      { name: 'c2s', arrived: clients.arrived, accounted: clients.accounted },
      { name: 's2s', arrived: peers.arrived, accounted: peers.accounted },
    ],
    releasedId: () => xmpp.journal.releasedId,
    clock,
    log,
    metrics,
  });
}

/** What the status page says of it: a gap is an alarm until somebody has said why it is there. */
export function completenessPart(reconciliation: Reconciliation): Part {
  return {
    name: 'completeness',
    remedy:
      'Tell a compliance officer. "interoffice archive reconcile" and the console name the streams and minutes; acknowledge the gap there with its reason.',
    probe: async () => {
      const { openGaps, problem, agreedAtMs } = reconciliation;
      if (openGaps > 0)
        throw new Failure('ARCHIVE_GAP', `${openGaps} times the archive had other messages than were accepted.`);
      if (problem !== undefined) throw new Failure('RECONCILIATION_FAILED', `It could not be compared: ${problem}`);
      if (agreedAtMs === undefined) return 'nothing was compared since the start';
      return `everything that was accepted is archived, compared ${new Date(agreedAtMs).toISOString()}`;
    },
  };
}

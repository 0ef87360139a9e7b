import { changeOf, HoldChanges, holdOf, RetentionChanges, ruleOf } from '@interoffice/api';
import { HoldState, NewHold, NewRetentionChange, RetentionDecision, WantedRetention } from '@interoffice/contract';
import { Failure } from '@interoffice/telemetry';
import { checked } from '../checked.js';
import type { Operation, Operations, Progress } from '../control.js';
import { read } from '../input.js';
import { type OperationParts, OPERATOR } from '../operation-parts.js';
import { officerIn, told } from './officer-in.js';
import type { ApplianceRetention } from './retention.js';

type Parts = Pick<OperationParts, 'people' | 'audit' | 'clock'> & { readonly kept: ApplianceRetention };

const MOST_SHOWN = 200;

/** `interoffice archive hold | retention | dispose`: as in the console, with the officer's password. */
export function retentionOperations(parts: Parts): Operations {
  const { audit, clock, kept } = parts;
  const holds = new HoldChanges(kept.holds, audit, clock);
  const changes = new RetentionChanges(kept.retention, audit, clock);
  const { rules, previews } = kept.retention;
  const all: Operations = {
    'hold.place': async (input) => {
      const hold = checked(NewHold, read.object(input, 'hold'));
      return holdOf(await holds.place(hold, await officerIn(parts, input, 'holds:write')));
    },
    'hold.list': async (input) => {
      const { scope } = await officerIn(parts, input, 'holds:read');
      const state = input['state'] === undefined ? undefined : checked(HoldState, input['state']);
      return { items: (await kept.holds.list({ state, scope, limit: MOST_SHOWN })).map(holdOf) };
    },
    'hold.release': async (input) => {
      const officer = await officerIn(parts, input, 'holds:write');
      return holdOf(await holds.release(read.text(input, 'hold'), read.text(input, 'reason'), officer));
    },
    'retention.list': async (input) => {
      const { scope } = await officerIn(parts, input, 'retention:read');
      const found = await rules.changes(scope, MOST_SHOWN, clock.now());
      return { rules: (await rules.list(scope)).map(ruleOf), changes: found.map(changeOf) };
    },
    'retention.propose': async (input) => {
      const { change, reason } = checked(NewRetentionChange, read.object(input, 'wanted'));
      return changeOf(await changes.propose(change, reason, await officerIn(parts, input, 'retention:write')));
    },
    'retention.decide': async (input) => {
      const decision = checked(RetentionDecision, read.object(input, 'decision'));
      const officer = await officerIn(parts, input, 'retention:approve');
      return changeOf(await changes.decide(read.text(input, 'change'), decision, officer));
    },
    'retention.preview': async (input, report) => {
      const officer = await officerIn(parts, input, 'retention:read');
      const change = checked(WantedRetention, read.object(input, 'change'));
      const wanted = await changes.wanted(change, officer);
      return previews.of(wanted, { report: reporting(report), signal: new AbortController().signal });
    },
    'disposal.preview': (_input, report) =>
      previews.of(undefined, { report: reporting(report), signal: new AbortController().signal }),
    'disposal.run': (_input, report) => dispose(parts, report),
  };
  return Object.fromEntries(Object.entries(all).map(([name, operation]) => [name, told(operation)]));
}

async function dispose({ audit, kept }: Parts, report: Parameters<Operation>[1]): Promise<unknown> {
  const { daily } = kept;
  if (!daily) throw new Failure('ARCHIVE_OFF', 'Nothing is recorded in this mode: there is nothing to dispose of.');
  await audit.record({ ...OPERATOR, action: 'archive.dispose', subject: 'archive', details: {} });
  return { items: await daily.run(reporting(report)) };
}

function reporting(report: (progress: Progress) => void): (done: number, total: number) => void {
  return (done, total) => report({ done, total: Math.max(done, total) });
}

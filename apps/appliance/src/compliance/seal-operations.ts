import type { AuditLog } from '@interoffice/api';
import { endRefusal, verifyLog, witnessRequest } from '@interoffice/archive';
import type { Connection } from '@interoffice/storage';
import { Failure } from '@interoffice/telemetry';
import type { Operation, Operations } from '../control.js';
import { read } from '../input.js';
import { OPERATOR } from '../operation-parts.js';
import { type ApplianceSeal, stateOf } from './seal.js';

export interface SealOperationParts {
  /** Undefined where nothing is recorded. */
  readonly seal: ApplianceSeal | undefined;
  readonly connection: Connection;
  readonly audit: Pick<AuditLog, 'record'>;
}

/** What `interoffice archive seal …` and `interoffice archive verify` ask. Each deed is a line of the audit log first. */
export function sealOperations({ seal, connection, audit }: SealOperationParts): Operations {
  const open = (): ApplianceSeal => {
    if (seal) return seal;
    throw new Failure('ARCHIVE_OFF', 'Nothing is recorded in this mode: there is nothing to seal.');
  };
  const record = (action: string, details: Record<string, unknown>, reason?: string): Promise<void> =>
    audit.record({ ...OPERATOR, action, subject: open().origin, details, reason });
  const verify: Operation = async (input, report) => {
    const { folder, origin, keys, thread } = open();
    await record('archive.verify', {});
    // What was recorded a moment ago is verified as well, when it can be sealed.
    if (thread.refusal === undefined) await thread.settle().catch(() => undefined);
    const known = read.list(input, 'known').map((one) => read.text(one, 'note'));
    const found = await verifyLog({ connection, folder, origin, keys: keys.history, known }, report);
    await record('archive.verified', { size: found.size, faults: found.faultCount });
    return { ...found, refusal: thread.refusal ?? null };
  };
  return {
    'archive.verify': verify,
    'seal.request': async (input) => ({ request: requestSince(open(), Number(read.text(input, 'since'))) }),
    'seal.cosign': async (input) => {
      const { cosigned, origin } = open();
      const [line, key] = [read.text(input, 'line').trim(), read.text(input, 'key')];
      await record('archive.seal.cosign', { key });
      return { size: await cosigned.add({ line, key, origin }) };
    },
    'seal.show': async () => ({ ...stateOf(open()), witnessKey: open().witness.key }),
    'seal.rotate': async (input) => {
      const { keys, thread } = open();
      const isStolen = input['isStolen'] === true;
      await record('archive.seal.rotate', { isStolen }, read.text(input, 'reason'));
      if (thread.refusal === undefined) await thread.settle();
      return keys.rotate({ size: thread.sealed?.size ?? 0, isStolen });
    },
    'seal.resume': async (input) => {
      const { folder, thread } = open();
      if (thread.refusal === undefined)
        throw new Failure('SEAL_NOT_REFUSED', 'The seal signs: there is nothing to end.');
      await record('archive.seal.resume', { refusal: thread.refusal }, read.text(input, 'reason'));
      endRefusal(folder);
      thread.lookAgain();
      return {};
    },
  };
}

/** What a witness is asked that has seen so many entries. */
function requestSince({ openLog }: ApplianceSeal, since: number): string {
  const log = openLog();
  if (!log) throw new Failure('SEAL_EMPTY', 'Nothing was sealed yet: there is no checkpoint to sign.');
  try {
    const { note, size } = log.latest();
    if (!Number.isInteger(since) || since < 0 || since > size)
      throw new Failure('MALFORMED_REQUEST', `--since has to be a number from 0 to ${size}.`);
    return witnessRequest(since, log.consistency(since, size), note);
  } finally {
    log.close();
  }
}

import { inTime, type Part } from '@interoffice/api';
import { describeError } from '@interoffice/telemetry';
import { certificateOperations } from './certificates/operations.js';
import { completenessOperations } from './compliance/completeness-operations.js';
import { retentionOperations } from './compliance/retention-operations.js';
import { sealOperations } from './compliance/seal-operations.js';
import { exportOperations } from './compliance/export-operations.js';
import { archiveOperations } from './compliance/archive-operations.js';
import type { Operations } from './control.js';
import { directoryOperations } from './directory-operations.js';
import { explainDecision, explainMessage, explainUser } from './explain.js';
import { read } from './input.js';
import type { OperationParts } from './operation-parts.js';
import { peerOperations } from './peer-operations.js';
import { policyOperations } from './policy-operations.js';
import { roomOperations } from './room-operations.js';
import { changeState, addUser, importUsers, listUsers, renameUser } from './user-operations.js';

/** A part that does not answer for so long does not work. */
const LONGEST_PROBE_MS = 2000;

/** Everything `interoffice …` can ask of a running appliance. */
export function operationsOf(parts: OperationParts): Operations {
  return {
    'user.add': (input) => addUser(parts, input),
    'user.import': (input, report) => importUsers(parts, input, report),
    'user.list': (input) => listUsers(parts, input),
    'user.suspend': (input) => changeState(parts, input, 'suspended'),
    'user.restore': (input) => changeState(parts, input, 'active'),
    'user.rename': (input) => renameUser(parts, input),
    'user.delete': (input) => changeState(parts, input, 'deleted'),
    ...directoryOperations(parts),
    ...roomOperations(parts),
    ...peerOperations(parts),
    ...policyOperations(parts),
    ...certificateOperations({ ...parts.certificates, audit: parts.audit }),
    ...sealOperations({ ...parts.sealed, audit: parts.audit }),
    ...completenessOperations(parts),
    ...exportOperations(parts),
    ...retentionOperations(parts),
    ...archiveOperations(parts),
    'explain.user': (input) => explainUser(parts, read.text(input, 'jid')),
    'explain.message': (input) => explainMessage(parts, read.text(input, 'from'), read.text(input, 'to')),
    'explain.decision': (input) => explainDecision(parts, read.text(input, 'id')),
    status: () => status(parts),
    check: () => status(parts),
  };
}

async function status({ parts }: OperationParts): Promise<unknown> {
  const look = async ({ name, probe, remedy }: Part): Promise<object> => {
    try {
      const detail = await inTime(probe(), LONGEST_PROBE_MS);
      return detail === undefined
        ? { name, state: 'off', detail: 'switched off in the settings' }
        : { name, state: 'working', detail };
    } catch (error) {
      return { name, state: 'failing', detail: describeError(error), remedy };
    }
  };
  return { parts: await Promise.all(parts.map(look)) };
}

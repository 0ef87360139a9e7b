import { roles } from './0001-roles.js';
import { people } from './0002-people.js';
import { journal } from './0003-journal.js';
import { journalPartitions } from './0004-journal-partitions.js';
import { journalSearch } from './0005-journal-search.js';
import { heldStreams } from './0006-held-streams.js';
import { searchBlocks } from './0007-search-blocks.js';
import { journalPeers } from './0008-journal-peers.js';
import { peers } from './0013-peers.js';
import { rooms } from './0009-rooms.js';
import { pep } from './0010-pep.js';
import { directory } from './0011-directory.js';
import { teams } from './0012-teams.js';
import { policy } from './0014-policy.js';
import { receipts } from './0015-receipts.js';
import { passedOn } from './0016-passed-on.js';
import { statistics } from './0017-statistics.js';
import { seal } from './0018-seal.js';
import { reconciliation } from './0022-reconciliation.js';
import { jobs } from './0021-jobs.js';
import { retention } from './0020-retention.js';
import { searchMarks } from './0019-search-marks.js';

/** One change of the database. Once released its text never changes: the checksum is compared at every start. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** Every change in order; its place in this list is its number. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-roles', sql: roles },
  { name: '0002-people', sql: people },
  { name: '0003-journal', sql: journal },
  { name: '0004-journal-partitions', sql: journalPartitions },
  { name: '0005-journal-search', sql: journalSearch },
  { name: '0006-held-streams', sql: heldStreams },
  { name: '0007-search-blocks', sql: searchBlocks },
  { name: '0008-journal-peers', sql: journalPeers },
  { name: '0009-rooms', sql: rooms },
  { name: '0010-pep', sql: pep },
  { name: '0011-directory', sql: directory },
  { name: '0012-teams', sql: teams },
  { name: '0013-peers', sql: peers },
  { name: '0014-policy', sql: policy },
  { name: '0015-receipts', sql: receipts },
  { name: '0016-passed-on', sql: passedOn },
  { name: '0017-statistics', sql: statistics },
  { name: '0018-seal', sql: seal },
  { name: '0019-search-marks', sql: searchMarks },
  { name: '0020-retention', sql: retention },
  { name: '0021-jobs', sql: jobs },
  { name: '0022-reconciliation', sql: reconciliation },
];

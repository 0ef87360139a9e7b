import { covering } from './0020-retention/covering.js';
import { disposal } from './0020-retention/disposal.js';
import { replacing } from './0020-retention/replacing.js';
import { holdTables, retentionTables } from './0020-retention/tables.js';
import { placing } from './0020-retention/placing.js';
import { ruling } from './0020-retention/ruling.js';

/**
 * Holds, rules of retention, and the disposal of what the rules have ended. What decides stands in functions of the
 * owner: the roles of the application can ask for a disposal, never say what it takes (docs/decisions/0064).
 */
export const retention = [holdTables, retentionTables, covering, placing, ruling, disposal, replacing].join('\n');

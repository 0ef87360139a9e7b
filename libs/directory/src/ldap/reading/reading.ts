import type { Fields, Log } from '@interoffice/telemetry';
import type { Entry } from 'ldapts';
import { STATE_ATTRIBUTES } from '../account-state.js';
import { isBinaryId } from '../entry.js';
import type { Reader } from './reader.js';
import { isBelow, type Scope } from './scope.js';
import { textsOf } from './values.js';

/** One round of reading: from one server, of one part of the directory, at one moment. */
export interface Reading {
  readonly reader: Reader;
  readonly scope: Scope;
  readonly log: Log;
  readonly nowMs: number;
  /** False: photos are not asked for. */
  readonly withPhotos: boolean;
  /** What the log was told already, and is not told again at every look: a fault of the settings lasts. */
  readonly told: Set<string>;
}

/** Warns of something that lasts, once until it is over. */
export function warnOnce({ log, told }: Reading, event: string, fields: Fields): void {
  const key = `${event} ${JSON.stringify(fields)}`;
  if (told.has(key)) return;
  told.add(key);
  log.warn(event, fields);
}

/** It is over. */
export function isOver({ told }: Reading, event: string, fields: Fields): void {
  told.delete(`${event} ${JSON.stringify(fields)}`);
}

/** Attributes whose values are bytes. */
export function binaryAttributes({ attributes: { id, photo } }: Pick<Scope, 'attributes'>): readonly string[] {
  return [...(isBinaryId(id) ? [id] : []), photo, 'logonHours', 'objectSid', 'invocationId'];
}

/** All that is asked for to know a person. */
export function personAttributes({ attributes, kind }: Scope): readonly string[] {
  const identity = kind === 'active-directory' ? ['userPrincipalName', 'objectSid', 'primaryGroupID'] : ['gidNumber'];
  return [...Object.values(attributes), 'cn', ...STATE_ATTRIBUTES, ...identity];
}

/**
 * Where an entry of the source may be now: the parts of the tree that hold its bases, as the server names them, or the
 * bases where it names none.
 */
export async function contextsOf({ reader, scope }: Reading): Promise<readonly string[]> {
  const root = await reader.entry('', ['namingContexts']);
  return [...new Set(scope.bases.map((base) => contextOf(base, root)))];
}

function contextOf(base: string, root: Entry | undefined): string {
  const contexts = root ? textsOf(root, 'namingContexts') : [];
  const around = contexts.filter((context) => isBelow(base, context));
  // Contexts lie inside each other (a domain, and the configuration of its forest): the innermost holds the entry.
  return around.toSorted((a, b) => b.length - a.length)[0] ?? base;
}

import { type Element, type Scanner, serialize } from '@interoffice/wire';
import type { Party } from './accounts.js';
import { ChildParts } from './child-parts.js';
import { scanOne } from './canonical.js';
import { codeOf, type StanzaType } from './stanza-type.js';

/** What the server itself puts into the journal: what a room makes of somebody's request, or that somebody came in. */
export interface Note {
  /** As it is kept; whoever it is for gets it in this form or one of his own. */
  readonly stanza: Element;
  /** The kind in the journal; `available` and `unavailable` say who came into a room and who left it. */
  readonly type: StanzaType;
  readonly author: Party;
  readonly receiver: Party;
  readonly room?: Buffer;
  /** The row it changes, as 16 hexadecimal digits. */
  readonly about?: string;
}

/** A note as the recorder reads it (archive/src/recordable.ts), with its id. */
export class Entry extends ChildParts {
  readonly bytes: Buffer;
  readonly author: Party;
  readonly receiver: Party;
  readonly room: Buffer | undefined;
  readonly flags: number;
  readonly stanzaIdStart: number;
  readonly stanzaIdEnd: number;

  readonly idHigh: number;
  readonly idLow: number;
  readonly atMs: number;

  /** `scan` is used while this runs. */
  constructor(note: Note, id: { readonly high: number; readonly low: number; readonly atMs: number }, scan: Scanner) {
    super();
    this.idHigh = id.high;
    this.idLow = id.low;
    this.atMs = id.atMs;
    // The scanner wants a byte of its own behind the stanza.
    const text = Buffer.from(`${serialize(note.stanza)} `);
    scanOne(scan, text, text.length - 1);
    this.find(text, scan);
    this.bytes = text.subarray(0, text.length - 1);
    this.author = note.author;
    this.receiver = note.receiver;
    this.room = note.room;
    this.flags = scan.bits | (codeOf(note.type) << 24);
    this.stanzaIdStart = scan.idStart;
    this.stanzaIdEnd = scan.idEnd;
  }

  get maxBytes(): number {
    return this.bytes.length;
  }

  writeTo(target: Buffer, offset: number): number {
    return offset + this.bytes.copy(target, offset);
  }
}

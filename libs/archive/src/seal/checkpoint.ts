import { openNote } from './note.js';

/** What a checkpoint says. C2SP tlog-checkpoint */
export interface Checkpoint {
  /** Which log; unique in the world. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** The text that is signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** What the text of a note says; undefined when it is no checkpoint. Lines behind the root are extensions. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', digits = '', base64 = ''] = text.split('\n');
  const root = Buffer.from(base64, 'base64');
  if (origin === '' || !/^(0|[1-9]\d{0,15})$/.test(digits) || root.length !== 32) return undefined;
  return { origin, size: Number(digits), root };
}

/** A signed checkpoint in its parts; undefined when the note holds none. */
export function openCheckpoint(note: string): Checkpoint | undefined {
  const opened = openNote(note);
  return opened && parseCheckpoint(opened.text);
}

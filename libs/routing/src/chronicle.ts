import { Scanner, type Vocabulary } from '@interoffice/wire';
import { Entry, type Note } from './entry.js';
import { type Destination, isFull, type Recorder } from './recorder.js';
import type { Session } from './session.js';
import type { StanzaIds } from './stanza-ids.js';
import { passedAbout, PASSED } from './verdict.js';

/** What could not be written is tried again after so long. */
const AGAIN_MS = 50;

export interface ChronicleParts {
  readonly ids: StanzaIds;
  readonly recorder: Recorder;
  readonly vocabulary: Vocabulary;
}

/**
 * What the server itself puts into the journal: decided, then recorded, then carried out, in one order with the messages
 * around it. The device whose request it is answers for it: nothing of it overtakes.
 */
export class Chronicle {
  readonly #scan: Scanner;
  readonly #waiting: { readonly note: Note; readonly by: Session; readonly to: Destination }[] = [];
  #isWaiting = false;

  constructor(private readonly parts: ChronicleParts) {
    this.#scan = new Scanner(parts.vocabulary);
  }

  /**
   * Appends the note; once it is durable it goes where `to` says. Returns its id, 16 hexadecimal digits; undefined, and
   * nothing was done, when too much waits for its commit already.
   */
  write(note: Note, by: Session, to: Destination): string | undefined {
    const { ids, recorder } = this.parts;
    if (isFull(recorder, by)) return undefined;
    ids.next();
    const verdict = note.about === undefined ? PASSED : passedAbout(note.about);
    by.appended(recorder.append(new Entry(note, ids, this.#scan), verdict, by, by.received, to));
    return ids.text;
  }

  /**
   * As `write`, for what has happened already and must be recorded: at once, or kept, in order, until that is possible
   * again.
   */
  writeSoon(note: Note, by: Session, to: Destination): void {
    if (this.#waiting.length === 0 && this.write(note, by, to) !== undefined) return;
    this.#waiting.push({ note, by, to });
    this.#later();
  }

  /** Notes that still wait for their place. */
  get waiting(): number {
    return this.#waiting.length;
  }

  #later(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    setTimeout(() => {
      this.#isWaiting = false;
      this.#writeWaiting();
    }, AGAIN_MS);
  }

  #writeWaiting(): void {
    while (this.#waiting.length > 0) {
      const { note, by, to } = this.#waiting[0]!;
      if (this.write(note, by, to) === undefined) return this.#later();
      this.#waiting.shift();
    }
  }
}

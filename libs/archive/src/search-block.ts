import { foldText } from './fold.js';
import { GramSet } from './gram-set.js';
import { addGrams } from './grams.js';
import { idAt, timeOf } from './ids.js';
import { gramOf, written } from './search-marks.js';

/** A recorded message that search shall find. */
export interface Recorded {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly retentionClass: number;
  readonly body: string | null;
  /** What else it is found by. */
  readonly marks: readonly string[];
}

/** So many successive messages share what is written about them. */
const MOST_MESSAGES = 256;
const MOST_CHARACTERS = 32_768;
/** Between the texts of a block: no text of XML holds it. */
export const BETWEEN_TEXTS = '\u0001';
/** Types of PostgreSQL, as its binary arrays name them. */
const INT8 = 20;
const INT4 = 23;

interface Found {
  readonly id: string;
  readonly text: string;
  readonly marks: readonly string[];
}

/**
 * Successive messages of one retention class and month: what of them is searched is one row of `journal_search`, with
 * each gram once, so that it costs a fraction of a row and of an index entry per message.
 */
export class SearchBlock {
  readonly #ids: string[] = [];
  readonly #contents: string[] = [];
  readonly #grams = new GramSet();

  constructor(readonly retentionClass: number) {}

  /** `text` is folded. */
  add({ id, text, marks }: Found): void {
    this.#ids.push(id);
    this.#contents.push(`${text}${written(marks)}`);
    addGrams(text, this.#grams);
    for (const mark of marks) this.#grams.add(gramOf(mark));
  }

  /** The last four columns; arrays in PostgreSQL's binary form, grams in the order its index wants. */
  columns(): { ids: Buffer; contents: string; grams: Buffer; signature: Buffer } {
    const ids = arrayOf(INT8, 8, this.#ids.length);
    for (const [i, id] of this.#ids.entries()) ids.write(id, HEAD_BYTES + i * 12 + 4, 'hex');
    const members = this.#grams.sorted();
    const grams = arrayOf(INT4, 4, members.length);
    for (let i = 0; i < members.length; i++) grams.writeInt32BE(members[i]!, HEAD_BYTES + i * 8 + 4);
    return { ids, contents: this.#contents.join(BETWEEN_TEXTS), grams, signature: this.#grams.signature };
  }
}

/** A stretch of the journal; stretches do not overlap, and `blocks` are of different classes. */
export interface Stretch {
  readonly firstId: string;
  readonly lastId: string;
  readonly blocks: readonly SearchBlock[];
}

/** Cuts rows, in the order of their ids, into stretches; what has neither text nor marks is left out. */
export function stretchesOf(rows: readonly Recorded[]): Stretch[] {
  const stretches: Stretch[] = [];
  let open: Cut | undefined;
  for (const { id, retentionClass, body, marks } of rows) {
    const text = foldText(body ?? '');
    if (text === '' && marks.length === 0) continue;
    if (open && !open.takes(id)) {
      stretches.push(open);
      open = undefined;
    }
    open ??= new Cut(id);
    open.add({ id, retentionClass, text, marks });
  }
  if (open) stretches.push(open);
  return stretches;
}

class Cut implements Stretch {
  lastId: string;
  readonly #byClass = new Map<number, SearchBlock>();
  readonly #nextMonth: string;
  #messages = 0;
  #characters = 0;

  constructor(readonly firstId: string) {
    this.lastId = firstId;
    this.#nextMonth = startOfNextMonth(firstId);
  }

  get blocks(): SearchBlock[] {
    return [...this.#byClass.values()];
  }

  /** What retention ends goes away by class and month: no block belongs to two. */
  takes(id: string): boolean {
    return this.#messages < MOST_MESSAGES && this.#characters < MOST_CHARACTERS && id < this.#nextMonth;
  }

  add({ retentionClass, ...found }: Found & { retentionClass: number }): void {
    let block = this.#byClass.get(retentionClass);
    if (!block) this.#byClass.set(retentionClass, (block = new SearchBlock(retentionClass)));
    block.add(found);
    this.lastId = found.id;
    this.#messages++;
    this.#characters += found.text.length;
  }
}

function startOfNextMonth(id: string): string {
  const date = new Date(timeOf(id));
  return idAt(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1));
}

const HEAD_BYTES = 20;

/** Room for an array: dimensions, no nulls, type, count, first index; then each element with its length. */
function arrayOf(type: number, size: number, count: number): Buffer {
  const array = Buffer.alloc(HEAD_BYTES + count * (size + 4));
  array.writeInt32BE(1, 0);
  array.writeInt32BE(type, 8);
  array.writeInt32BE(count, 12);
  array.writeInt32BE(1, 16);
  for (let at = HEAD_BYTES; at < array.length; at += size + 4) array.writeInt32BE(size, at);
  return array;
}

import path from 'node:path';

/** The files of one export. What is handed over lies beside `work`, which goes when all is done. */
export class ExportFolder {
  constructor(readonly path: string) {}

  get work(): string {
    return path.join(this.path, 'work');
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  /** Ids, in their order, each a line. */
  get ids(): string {
    return path.join(this.work, 'ids');
  }

  /** Positions in the sealed log, 8 bytes each. */
  get positions(): string {
    return path.join(this.work, 'positions');
  }

  /** What each record is of and where it stands, as `placeLine` says. */
  get places(): string {
    return path.join(this.work, 'places');
  }

  /** Where each record stands, conversation by conversation. */
  get order(): string {
    return path.join(this.work, 'order');
  }

  get records(): string {
    return this.file('records.jsonl');
  }

  get exceptions(): string {
    return this.file('exceptions.jsonl');
  }

  get conversations(): string {
    return this.file('conversations.jsonl');
  }
}

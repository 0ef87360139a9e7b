import { mkdirSync } from 'node:fs';
import type { Move, Pace } from '@interoffice/jobs';
import type { Database } from '@interoffice/storage';
import type { Clock } from '@interoffice/telemetry';
import { arrange } from './arrange.js';
import { Background } from './background.js';
import { type Checkpoint, type Phase, PHASES } from './checkpoint.js';
import { Collection, positionsIn, selectedLine } from './collect.js';
import type { ExportException } from './exceptions.js';
import { ExportFolder } from './folder.js';
import { openWriter } from './formats/writers.js';
import { GrowingFile, writeFile } from './growing-file.js';
import { CUSTODY, custodyPage } from './custody.js';
import { filesOf, MANIFEST, manifestOf, type Producer } from './manifest.js';
import type { Cut, Proofs } from './proofs.js';
import { render, type Rendered } from './render.js';
import type { PatientSource } from './officer-session.js';
import type { ExportRequest } from './request.js';
import { selected } from './selection.js';
import { SortedLines } from './sorted-lines.js';

/** One export, as its process is given it. */
export interface ExportTask {
  readonly request: ExportRequest;
  readonly producer: Producer;
  readonly folder: string;
  /** Where it was when it was interrupted. */
  readonly checkpoint: Checkpoint | undefined;
  /** Where nothing is sealed: rows up to here are exported, all of which are committed. */
  readonly upTo: string;
  /** What was known before the process began, such as that the seal is behind. */
  readonly exceptions: readonly ExportException[];
}

export interface ExportRunParts {
  readonly database: Database;
  /** Undefined where nothing is sealed. */
  readonly proofs: Proofs | undefined;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly move: (move: Move) => Promise<void>;
  /** So many rows are done again at most after a kill. */
  readonly checkpointRows?: number;
}

/** What came of it. */
export interface ExportOutcome {
  readonly messages: number;
  readonly conversations: number;
  readonly exceptions: number;
  readonly files: number;
  readonly bytes: number;
}

/** Phases in which every row is gone through once. */
const COUNTED: readonly Phase[] = ['collect', 'arrange', 'render'];
const SELECT_MOVE_EVERY = 500;
const CHECKPOINT_ROWS = 5_000;
const REST_EVERY = 25;

const UNSEALED: ExportException = {
  kind: 'seal-behind',
  reason: 'Nothing is sealed here yet: this export carries no proof that it is complete and unchanged.',
};

/** Carries an export out, phase by phase; each begins where the checkpoint says. */
export class ExportRun {
  readonly #folder: ExportFolder;
  #at: Checkpoint;

  constructor(
    private readonly task: ExportTask,
    private readonly parts: ExportRunParts,
  ) {
    this.#folder = new ExportFolder(task.folder);
    mkdirSync(this.#folder.work, { recursive: true, mode: 0o700 });
    this.#at = task.checkpoint ?? beginning(parts.proofs?.cut(), task.upTo, parts.clock);
  }

  async run(): Promise<ExportOutcome> {
    await this.#reach({});
    const phases: Readonly<Record<Phase, () => Promise<void>>> = {
      select: () => this.#select(),
      collect: () => this.#collect(),
      arrange: () => this.#arrange(),
      render: () => this.#render(),
      prove: () => this.#prove(),
      describe: async () => undefined,
    };
    for (const phase of PHASES.slice(PHASES.indexOf(this.#at.phase))) {
      await phases[phase]();
      const next = PHASES[PHASES.indexOf(phase) + 1];
      if (next) await this.#reach({ phase: next });
    }
    return this.#describe();
  }

  async #select(): Promise<void> {
    const { request } = this.task;
    const { upTo } = this.#at;
    const sorted = new SortedLines(this.#folder.work, 'selected');
    let pages = 0;
    for await (const rows of selected(this.#source, request, upTo)) {
      for (const row of rows) sorted.add(selectedLine(row));
      if (++pages % SELECT_MOVE_EVERY === 0) await this.parts.move({ phase: 'select', done: pages, total: undefined });
    }
    const ids = new GrowingFile(this.#folder.ids);
    let count = 0;
    for (const line of sorted.merged()) {
      ids.write(`${line}\n`);
      if (++count % REST_EVERY === 0) await this.parts.pace.rest();
    }
    ids.close();
    sorted.remove();
    this.#at = { ...this.#at, selected: count, sizes: { exceptions: this.#noteFirst() } };
  }

  get #source(): PatientSource {
    return { database: this.parts.database, pace: this.parts.pace };
  }

  /** Exceptions of the whole, before those of rows. */
  #noteFirst(): number {
    const file = new GrowingFile(this.#folder.exceptions);
    const all = this.#at.cut ? this.task.exceptions : [...this.task.exceptions, UNSEALED];
    for (const exception of all) file.write(`${JSON.stringify(exception)}\n`);
    file.close();
    return file.size;
  }

  async #collect(): Promise<void> {
    const { proofs, checkpointRows = CHECKPOINT_ROWS } = this.parts;
    const { cut } = this.#at;
    const cursor = cut && proofs?.cursor(cut.size);
    const collection = new Collection(this.#folder, this.#at, { cursor, checkpointRows });
    await collection.run(this.#source, this.task.request.scope, (at) => this.#reach(at));
  }

  async #arrange(): Promise<void> {
    const moved = (records: number): Promise<void> => this.parts.move(this.#move(records));
    this.#at = { ...this.#at, conversations: await arrange(this.#folder, this.parts.pace, moved) };
  }

  async #render(): Promise<void> {
    const { rendered, sizes, writer: state } = this.#at;
    const { request, producer } = this.task;
    const target = { folder: this.#folder.path, splitBytes: request.splitBytes, domain: producer.domain, from: state };
    const writer = openWriter(request.format, target);
    const { database, checkpointRows = CHECKPOINT_ROWS } = this.parts;
    const beside = { background: new Background(database), checkpointRows, pace: this.parts.pace };
    const parts = { folder: this.#folder, writer, ...beside };
    const safe = ({ offset, ...at }: Rendered): Promise<void> =>
      this.#reach({ ...at, sizes: { ...this.#at.sizes, read: offset } });
    await render(parts, { rendered, offset: sizes['read'] ?? 0, writer: undefined }, safe);
  }

  async #prove(): Promise<void> {
    const { proofs } = this.parts;
    const { cut } = this.#at;
    if (!proofs || !cut) return;
    const proof = new GrowingFile(this.#folder.file('proof.bin'));
    await proofs.writeProof(positionsIn(this.#folder.positions), cut.size, (bytes) => proof.write(bytes));
    proof.close();
    for (const [name, text] of [
      ['checkpoint', cut.note],
      ['keys.json', proofs.keys()],
    ] as const) {
      const file = new GrowingFile(this.#folder.file(name));
      file.write(text);
      file.close();
    }
  }

  async #describe(): Promise<ExportOutcome> {
    const { request, producer } = this.task;
    const described = { request, producer, checkpoint: this.#at, finishedAtMs: this.parts.clock.now() };
    const facts = manifestOf(this.#folder, described);
    writeFile(this.#folder.file(CUSTODY), custodyPage(facts));
    const manifest = { ...facts, files: await filesOf(this.#folder) };
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    writeFile(this.#folder.file(MANIFEST), text);
    const bytes = manifest.files.reduce((sum, { size }) => sum + size, Buffer.byteLength(text));
    const { counts, exceptions, files } = manifest;
    return { ...counts, exceptions: exceptions.count, files: files.length + 1, bytes };
  }

  /** A checkpoint: what it says is on the disk. */
  #reach(at: Partial<Checkpoint>): Promise<void> {
    this.#at = { ...this.#at, ...at };
    return this.parts.move({ ...this.#move(0), checkpoint: this.#at });
  }

  #move(inPhase: number): Move {
    const { phase, selected: rows, collected, rendered } = this.#at;
    if (phase === 'select') return { phase, done: 0, total: undefined };
    const before = { collect: collected, arrange: rows + inPhase, render: 2 * rows + rendered };
    const done = before[phase as keyof typeof before] ?? COUNTED.length * rows;
    return { phase, done, total: COUNTED.length * rows };
  }
}

function beginning(cut: Cut | undefined, upTo: string, clock: Clock): Checkpoint {
  return {
    phase: 'select',
    cut,
    upTo: cut?.lastId ?? upTo,
    startedAtMs: clock.now(),
    selected: 0,
    collected: 0,
    written: 0,
    sizes: {},
    conversations: 0,
    rendered: 0,
    writer: undefined,
  };
}

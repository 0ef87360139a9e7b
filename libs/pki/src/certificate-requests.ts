import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, Failure } from '@interoffice/telemetry';
import { writeFileAtomic } from './atomic-file.js';
import { exists } from './authority.js';
import { type KeyType, makeRequest } from './certificate-request.js';
import { checkPair, type CheckedPair, type PairRules } from './checked-pair.js';
import { demandEnd, liveFingerprint, swapLivePair, type SwapRules } from './live-pair.js';
import { parseRequestRecord } from './request-record.js';
import {
  recordAnswer,
  recordLive,
  recordSent,
  type RequestRecord,
  type RequestState,
  stateOf,
  waitingFor,
} from './request-state.js';

/** Each is a key that somebody may use; more of them are not kept track of. */
const MOST_REQUESTS = 100;
const ID = /^[0-9a-f]{32}$/;

/** A request as it is shown. Times in milliseconds since 1970. */
export interface ShownRequest extends RequestRecord {
  readonly state: RequestState;
  /** Since when an answer is waited for, and from whom. */
  readonly waiting: { readonly since: number; readonly of: string } | undefined;
}

/** Where requests and the pair in use lie, and what answers are judged by. */
export interface RequestsSource {
  /** A folder of its own; made when it is missing. */
  readonly folder: string;
  /** The pair in use, as `swapLivePair` writes it. */
  readonly live: string;
  /** The roots that chains are followed to, PEM. */
  readonly roots: readonly string[];
  readonly clock: Clock;
}

/**
 * The requests for certificates of one server. Each has a folder with its key (mode 0600, never given away), the request
 * and its record. Changes are made one after the other; each is on disk, whole, when its promise resolves.
 */
export class CertificateRequests {
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly source: RequestsSource) {}

  /** A new key and request. Rejects with REQUEST_INVALID, or REQUESTS_TOO_MANY when there are a hundred. */
  make(names: readonly string[], keyType: KeyType = 'P-256'): Promise<ShownRequest> {
    return this.#inTurn(async () => {
      if ((await this.#ids()).length >= MOST_REQUESTS) {
        throw new Failure('REQUESTS_TOO_MANY', `There are ${MOST_REQUESTS} requests. Remove those that nobody needs.`);
      }
      const { request, key } = await makeRequest(names, { key: keyType });
      const id = randomBytes(16).toString('hex');
      await mkdir(join(this.source.folder, id), { recursive: true, mode: 0o700 });
      await writeFileAtomic(this.#path(id, 'key.pem'), key);
      await writeFileAtomic(this.#path(id, 'request.pem'), request);
      // Last: a folder without a record is none of a request.
      return this.#keep({ id, names, keyType, madeAt: this.source.clock.now() });
    });
  }

  /** All of them, the newest first. */
  async list(): Promise<ShownRequest[]> {
    const shown = await Promise.all((await this.#ids()).map((id) => this.find(id)));
    return shown.toSorted((a, b) => b.madeAt - a.madeAt);
  }

  /** Rejects with REQUEST_NOT_FOUND, or REQUEST_RECORD_INVALID when its file is damaged. */
  async find(id: string): Promise<ShownRequest> {
    return this.#shown(await this.#record(id));
  }

  /** What is sent to the authority, PEM (PKCS #10). */
  async request(id: string): Promise<string> {
    await this.#record(id);
    return readFile(this.#path(id, 'request.pem'), 'utf8');
  }

  /** Notes to whom it went, and when. Rejects with REQUEST_STATE once it is answered. */
  markSent(id: string, to: string, at: number): Promise<ShownRequest> {
    return this.#inTurn(async () => this.#keep(recordSent(await this.#record(id), { to, at })));
  }

  /**
   * Takes the certificate that came, with its chain, PEM, in any order. It is kept when it is good and refused, without
   * any change, when it is not: fails like `checkPair`, with CHAIN_INCOMPLETE where `chain` asks for a known root, or with
   * REQUEST_STATE. Where the chain ends is told.
   */
  answer(
    id: string,
    chainPem: string,
    chain: SwapRules['chain'] = 'any-end',
  ): Promise<{ readonly request: ShownRequest; readonly checked: CheckedPair }> {
    return this.#inTurn(async () => {
      const record = await this.#record(id);
      const checked = checkPair({ key: await this.#key(id), certificate: chainPem }, this.#rules(record));
      demandEnd(checked, chain);
      const { certificate, facts } = checked;
      const { fingerprint, issuer, notAfter } = facts;
      const at = this.source.clock.now();
      const next = recordAnswer(record, { at, certificate, fingerprint, issuer, notAfter });
      return { request: await this.#keep(next), checked };
    });
  }

  /**
   * Puts its key and certificate in place of the pair in use; also to go back to an earlier one. They are judged again,
   * and the pair in use is kept when they are not good any more: fails like `checkPair`, or with REQUEST_STATE.
   */
  activate(id: string): Promise<{ readonly request: ShownRequest; readonly checked: CheckedPair }> {
    return this.#inTurn(async () => {
      const record = await this.#record(id);
      const next = recordLive(record, this.source.clock.now());
      const pair = { key: await this.#key(id), certificate: next.answer.certificate };
      const checked = await swapLivePair(this.source.live, pair, { ...this.#rules(record), chain: 'any-end' });
      return { request: await this.#keep(next), checked };
    });
  }

  /** Forgets it with its key. Rejects with REQUEST_STATE while it is live. */
  remove(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const { state } = await this.find(id);
      if (state === 'live') throw new Failure('REQUEST_STATE', 'The certificate of this request is in use.');
      // First: what remains after a power cut is no request any more.
      await rm(this.#path(id, 'record.json'));
      await rm(join(this.source.folder, id), { recursive: true });
    });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#last.then(change);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #ids(): Promise<string[]> {
    if (!(await exists(this.source.folder))) return [];
    const names = (await readdir(this.source.folder)).filter((name) => ID.test(name));
    const known = await Promise.all(names.map((name) => exists(this.#path(name, 'record.json'))));
    return names.filter((_, index) => known[index]);
  }

  async #record(id: string): Promise<RequestRecord> {
    const path = this.#path(id, 'record.json');
    if (!ID.test(id) || !(await exists(path))) throw new Failure('REQUEST_NOT_FOUND', 'There is no such request.');
    return parseRequestRecord(await readFile(path, 'utf8'), path);
  }

  async #keep(record: RequestRecord): Promise<ShownRequest> {
    await writeFileAtomic(this.#path(record.id, 'record.json'), `${JSON.stringify(record, undefined, 2)}\n`);
    return this.#shown(record);
  }

  async #shown(record: RequestRecord): Promise<ShownRequest> {
    const state = stateOf(record, await liveFingerprint(this.source.live));
    return { ...record, state, waiting: waitingFor(record) };
  }

  #key(id: string): Promise<string> {
    return readFile(this.#path(id, 'key.pem'), 'utf8');
  }

  #rules({ names }: RequestRecord): PairRules {
    return { names, roots: this.source.roots, now: this.source.clock.now() };
  }

  #path(id: string, file: string): string {
    return join(this.source.folder, id, file);
  }
}

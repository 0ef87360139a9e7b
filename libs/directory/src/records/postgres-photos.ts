import type { Database, Prepared } from '@interoffice/storage';
import type { Log } from '@interoffice/telemetry';
import type { Photo } from '../directory.js';
import { photoHash, photoSource, type MakePhoto } from '../photo.js';
import type { KeptPhoto } from './adoption.js';

const KNOWN: Prepared = {
  name: 'photo_known',
  text: 'SELECT source, hash FROM photos WHERE source = ANY ($1::text[])',
};
const KEEP: Prepared = {
  name: 'photo_keep',
  text: `INSERT INTO photos (source, type, bytes, hash)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) ON CONFLICT (source) DO NOTHING`,
};
const DROP_UNUSED: Prepared = {
  name: 'photo_drop_unused',
  text: `DELETE FROM photos p WHERE p.kept_at < now() - interval '1 day'
    AND NOT EXISTS (SELECT FROM accounts a WHERE a.photo_source = p.source)`,
};
/** Each takes a thread of the pool that log-ins hash their passwords on. */
const AT_ONCE = 2;

/** Photos in PostgreSQL: each made once from what the directory has, however many syncs see it. */
export class PostgresPhotos {
  readonly #database: Database;
  readonly #make: MakePhoto;
  readonly #log: Log;

  constructor(database: Database, options: { make: MakePhoto; log: Log }) {
    this.#database = database;
    this.#make = options.make;
    this.#log = options.log;
  }

  /** Where these photos are, by source hash; one that cannot be decoded is missing, with an event the first time. */
  async keep(photos: readonly Photo[]): Promise<ReadonlyMap<string, KeptPhoto>> {
    const bySource = new Map(photos.map((photo) => [photoSource(photo), photo]));
    if (bySource.size === 0) return new Map();
    const known = await this.#known([...bySource.keys()]);
    const made = await this.#makeThose([...bySource].filter(([source]) => !known.has(source)));
    const hashes = [...known, ...made].filter((pair): pair is [string, string] => pair[1] !== null);
    return new Map(hashes.map(([source, hash]) => [source, { source, hash }]));
  }

  /** Those that no account has, but for the latest: somebody may be about to get one of them. */
  async dropUnused(): Promise<void> {
    await this.#database.prepared('app', DROP_UNUSED);
  }

  async #known(sources: readonly string[]): Promise<Map<string, string | null>> {
    const rows = await this.#database.prepared<{ source: string; hash: string | null }>('app', KNOWN, [sources]);
    return new Map(rows.map(({ source, hash }) => [source, hash]));
  }

  async #makeThose(wanted: readonly [source: string, photo: Photo][]): Promise<[string, string | null][]> {
    const hashes: [string, string | null][] = [];
    for (let i = 0; i < wanted.length; i += AT_ONCE) {
      const some = wanted.slice(i, i + AT_ONCE);
      const made = await Promise.all(some.map(([, photo]) => this.#make(photo)));
      const rows = some.map(([source], index) => this.#row(source, made[index]));
      await this.#database.prepared(
        'app',
        KEEP,
        [0, 1, 2, 3].map((column) => rows.map((row) => row[column])),
      );
      hashes.push(...rows.map((row): [string, string | null] => [row[0], row[3]]));
    }
    return hashes;
  }

  #row(source: string, made: Photo | undefined): [string, string | null, Buffer | null, string | null] {
    if (made) return [source, made.type, made.bytes, photoHash(made)];
    this.#log.warn('directory.photo.unreadable', { source });
    return [source, null, null, null];
  }
}

import { Metrics, silentLog } from '@interoffice/telemetry';
import { openDatabase } from '../../../test/support/database.js';
import { describeArchive, type Opened } from './archive.contract.js';
import { PostgresReader } from './postgres-reader.js';
import { PostgresSink } from './postgres-sink.js';

/** `people`: bare JIDs of accounts, which have the numbers 1, 2 and so on. */
async function open(people: readonly string[] = []): Promise<Opened> {
  const database = await openDatabase();
  const text = `INSERT INTO accounts (jid, directory) SELECT jid, 'local' FROM unnest($1::text[]) jid`;
  await database.query('app', text, [people]);
  const connection = database.connectionOf('writer');
  const sink = new PostgresSink({ connection, log: silentLog, metrics: new Metrics() });
  await sink.open(Date.UTC(2026, 4, 31));
  return { sink, reader: new PostgresReader(database), close: () => database.drop() };
}

describeArchive('archive in PostgreSQL', () => open());
// A contact of ours is looked for by number, another one by address.
describeArchive('archive in PostgreSQL, of conversations among accounts', () =>
  open(['romeo@im.example', 'juliet@im.example', 'nurse@im.example']),
);

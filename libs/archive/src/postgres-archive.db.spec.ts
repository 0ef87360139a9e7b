import { Metrics, silentLog } from '@interoffice/telemetry';
import { openDatabase } from '../../../test/support/database.js';
import { describeArchive } from './archive.contract.js';
import { PostgresReader } from './postgres-reader.js';
import { PostgresSink } from './postgres-sink.js';

describeArchive('archive in PostgreSQL', async () => {
  const database = await openDatabase();
  const connection = database.connectionOf('writer');
  const sink = new PostgresSink({ connection, log: silentLog, metrics: new Metrics() });
  await sink.open(Date.UTC(2026, 4, 31));
  return { sink, reader: new PostgresReader(database), close: () => database.drop() };
});

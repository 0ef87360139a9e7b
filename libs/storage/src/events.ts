import { declareEvents } from '@interoffice/telemetry';

/** Everything storage tells the operator. */
export const EVENTS = declareEvents('storage', {
  'database.server.started': 'The embedded PostgreSQL accepts connections.',
  'database.server.died': 'The embedded PostgreSQL ended although nobody asked it to; it is started again at once.',
  'database.write.failed':
    'The disk did not take what a table had grown by: the embedded PostgreSQL starts again and makes it again from its log.',
  'database.server.restart.failed': 'The embedded PostgreSQL could not be started again; the next try follows.',
  'database.server.taken.over': 'A PostgreSQL left behind by an instance that was killed has been stopped first.',
  'database.connection.lost': 'An idle connection to PostgreSQL was cut; it is replaced when needed.',
  'database.permission.denied':
    'A role of the application asked PostgreSQL for something it has no right to; nothing was done. Names role and statement.',
  'database.migration.applied': 'A numbered change of the database was made and noted.',
});

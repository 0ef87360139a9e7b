import { declareEvents } from '@interoffice/telemetry';

declareEvents('server', {
  'server.message.poisoned':
    'The database refused a message for its content; it was not delivered and its author was told.',
  'server.rehearsal.failed':
    'The log-ins that the server plays with itself before it opens did not work. It costs the first people time, nothing else.',
});

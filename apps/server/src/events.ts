import { declareEvents } from '@interoffice/telemetry';

declareEvents('server', {
  'server.message.poisoned':
    'The database refused a message for its content; it was not delivered and its author was told.',
});

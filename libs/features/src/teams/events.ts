import { declareEvents } from '@interoffice/telemetry';

declareEvents('teams', {
  'teams.room.failed':
    'A room could not be brought in step with its group of the directory; it is tried again with the next sync.',
  'teams.room.retired': 'A rule names a room that somebody has retired; it stays so.',
});

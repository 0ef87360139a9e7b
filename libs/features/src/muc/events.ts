import { declareEvents } from '@interoffice/telemetry';

declareEvents('rooms', {
  'room.change.failed': 'A change of a room could not be carried out.',
  'room.created': 'Somebody has made a room.',
  'room.destroyed': 'A room has been ended by one of its owners or by an administrator.',
  'room.invitation.failed': 'An invitation to a room could not be sent.',
  'room.save.failed': 'What has become of a room could not be written to the database.',
});

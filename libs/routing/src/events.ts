import { declareEvents } from '@interoffice/telemetry';

declareEvents('routing', {
  'accounts.load.failed': 'Accounts could not be read from the database; the streams that wait for them are told so.',
  'delivery.failed': 'A recorded stanza could not be delivered because of a fault of ours; the rest of its batch was.',
  'feature.failed':
    'A feature threw: in admit, stamp, screen and welcome the stanza was refused, in copy it went its way.',
  'iq.answer.failed': 'An IQ was answered with internal-server-error because its feature failed.',
  'message.id.reused': 'Somebody sent another message under an id he had used; both were recorded and delivered.',
  'message.sent.again':
    'A message was sent again by its author and known: it was recorded and delivered the first time.',
  'presence.failed': 'A presence stanza could not be carried out.',
  'session.bound': 'A device has bound its resource and can be written to.',
  'session.detached': 'The stream of a device was cut; the session is kept for a while to be resumed. XEP-0198 §5',
  'session.gone': 'A device is no longer bound.',
  'session.replaced': 'A device bound a resource that another one held; the other was closed with conflict.',
  'session.resumed': 'A device whose stream was cut goes on over a new one.',
  'stanza.refused': 'A stanza was refused or dropped; the record and this event carry the same decisionId.',
});

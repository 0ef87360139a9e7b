import { declareEvents } from '@interoffice/telemetry';

declareEvents('appliance', {
  'appliance.started': 'All listeners accept; fields: domain and the milliseconds the start took.',
  'appliance.stopping': 'A signal asked the appliance to stop; it drains first.',
  'appliance.stopped': 'Everything is written and closed.',
  'appliance.benchmark.mode': 'archive.enabled is off-for-benchmarks: NOTHING IS RECORDED. Never run people on this.',
  'appliance.database.died': 'PostgreSQL ended by itself; it is started again, messages wait.',
  'appliance.database.restarted': 'PostgreSQL accepts connections again.',
  'appliance.teams.failed':
    'The rules for teams and rooms of a source could not be carried out; they are tried again with its next sync.',
  'appliance.teams.group.missing':
    'A rule for a team or a room names a group that the directory does not show: the team is nobody, the room stays as it is.',
  'appliance.policy.changed':
    'Other rules of who may talk to other servers hold; fields: version, actor, added, removed, changed (names of rules).',
  'appliance.policy.refused':
    'The settings file was changed and is not understood, or could not be followed; the rules of before hold. Fields: file, reason.',
  'appliance.groups.unread':
    'After a sync the groups of people who are there could not be read for the rules about other servers; the next sync tries again.',
  'federation.gateway.up': 'The link to a gateway is up; fields: gateway.',
  'federation.gateway.away':
    'A gateway cannot be reached; it is dialled again. Messages for other servers wait. Fields: gateway, code, text.',
  'appliance.directory.unreachable':
    'An LDAP source could not be read at the start; people known from before stay known.',
});

import { declareEvents } from '@interoffice/telemetry';

declareEvents('directory', {
  'directory.login.refused':
    'A log-in failed; `reason` and `explanation` say why. The person sees only one plain sentence.',
  'directory.unreachable': 'No server of an LDAP source answered; log-ins of its people fail until one does.',
  'directory.server.failed': 'One server of an LDAP source did not answer; the next in the list is asked.',
  'directory.server.recovered': 'A server of an LDAP source answers again.',
  'directory.entry.ambiguous': 'More than one entry stands for one address; all of them are refused.',
  'directory.address.taken': 'An entry wants an address that belongs, or belonged, to somebody else; it is refused.',
  'directory.entry.skipped':
    'An entry cannot be an account: it lacks a log-in name or an id, or its name cannot be an address.',
  'directory.members.foreign':
    'A group holds members of another domain, of whom this directory knows only a number; they are left out.',
  'directory.group.missing': 'The group of an office rule is not there, or cannot be read; the rule fits nobody.',
  'directory.deletions.hidden':
    'The service account may not read what is deleted, so deletions wait for the full sync; grant it that to know at once.',
  'directory.discovery.failed': 'DNS did not tell the servers of an LDAP source; those known from before are used.',
  'directory.login.blocked':
    'A client had too many wrong passwords for an account and has to wait; from elsewhere the account is free.',
  'directory.photo.unreadable': 'A photo of an LDAP source cannot be decoded; the person is shown without one.',
  'directory.sync.finished': 'A sync of an LDAP source has changed something, or was a full one: how many of what.',
  'directory.sync.failed':
    'A sync of an LDAP source could not read it to the end; nobody was changed. Said once until one works again.',
  'directory.sync.moved':
    'Another server of an LDAP source took over while everybody was read; everybody is read again, from that one.',
  'directory.sync.held':
    'A sync would refuse more people than the guard lets pass, or found nobody at all; nobody was changed. Decide in the console.',
  'directory.sync.decided': 'Somebody has said what becomes of a sync that the guard had stopped.',
  'directory.sync.unrecorded': 'How a sync ended could not be written down; what it did is done.',
  'directory.change.untold':
    'A change of an account could not be told to the rest of the server; it is tried again with the next sync.',
  'directory.groups.unread': 'The groups of an LDAP source could not be read; memberships and roles by them stay.',
  'directory.role.group.missing': 'A group that gives a role is not in the directory; it gives the role to nobody.',
});

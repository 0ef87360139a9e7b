import { declareEvents } from '@interoffice/telemetry';

declareEvents('directory', {
  'directory.login.refused':
    'A log-in failed; `reason` and `explanation` say why. The person sees only one plain sentence.',
  'directory.unreachable': 'No server of an LDAP source answered; log-ins of its people fail until one does.',
  'directory.server.failed': 'One server of an LDAP source did not answer; the next in the list is asked.',
  'directory.server.recovered': 'A server of an LDAP source answers again.',
  'directory.entry.ambiguous': 'More than one entry stands for one address; all of them are refused.',
  'directory.address.taken': 'An entry wants an address that belongs, or belonged, to somebody else; it is refused.',
  'directory.import.finished': 'The people of an LDAP source were brought into the records.',
  'directory.import.failed': 'The people of an LDAP source could not be read to the end; the records stay as they are.',
  'directory.entry.skipped':
    'An entry cannot be an account: it lacks a log-in name or an id, or its name cannot be an address.',
});

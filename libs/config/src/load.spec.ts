import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '@interoffice/telemetry';
import { describeSettings } from './describe.js';
import { duration, flag, size, whole } from './kinds.js';
import { demoPresets, loadPart, loadSettings } from './load.js';
import { group, settings } from './schema.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function load(yaml: string, environment: Record<string, string> = {}) {
  const file = join(dir, 'interoffice.yaml');
  writeFileSync(file, yaml);
  return loadSettings({ file, environment });
}

function refusal(yaml: string, environment: Record<string, string> = {}): string {
  try {
    load(yaml, environment);
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
  return 'accepted';
}

const SOURCE = `
domain: corp.example
directory:
  - name: ad
    url: [ldaps://dc1.corp.example, ldaps://dc2.corp.example]
    bind-dn: cn=reader,dc=corp,dc=example
    password: { file: secret }
    base: ou=people,dc=corp,dc=example
`;

describe('settings', () => {
  it('need no more than a domain', () => {
    const read = load('domain: Corp.Example\n');
    expect(read.domains).toEqual(['corp.example']);
    expect(read.dataDir).toBe(join(dir, 'data'));
    expect(read.listen.c2s).toEqual({ host: '0.0.0.0', port: 5222 });
    expect(read.services.rooms).toBe('conference.corp.example');
    expect(read.archive).toMatchObject({ enabled: true, whenUnavailable: 'hold', holdForMs: 30_000 });
    expect(read.archive.seal).toEqual({ signer: undefined, witnesses: [], witnessFor: [] });
    expect(read.offices).toEqual([{ name: 'corp.example', domains: ['corp.example'], gateways: ['local'] }]);
    expect(read.database).toBe('embedded');
  });

  it('take everything the reference shows', () => {
    const read = load(`
domains: [berlin.corp.example, tokyo.corp.example]
data-dir: /srv/interoffice
database: { url: postgres://interoffice@db/interoffice, password: "1234" }
listen: { c2s: "[::1]:5222", c2s-tls: false, components: 127.0.0.1:0 }
c2s: { tls: optional, channel-binding: false }
services: { rooms: rooms.corp.example }
registration: true
anonymous: guest.corp.example
archive: { enabled: true, when-unavailable: hold, hold-for: 5 minutes }
offices:
  - { name: Berlin, domains: [berlin.corp.example], gateway: local }
  - { name: Tokyo, domains: [tokyo.corp.example], gateways: ["a.tokyo.corp.example:5280", "b.tokyo.corp.example:5280"] }
dns: { servers: [127.0.0.1:5353] }
trust: { ca: [./company-ca.pem] }
certificate: { certificate: tls.pem, key: tls.key, chain: chain.pem }
cluster: { nats: [nats://a:4222] }
`);
    expect(read.domains).toEqual(['berlin.corp.example', 'tokyo.corp.example']);
    expect(read.listen.c2sTls).toBe(false);
    expect(read.listen.c2s).toEqual({ host: '::1', port: 5222 });
    expect(read.c2s).toEqual({ tls: 'optional', channelBinding: false, resumeWithinMs: 600_000 });
    expect(read.archive.holdForMs).toBe(300_000);
    expect(read.database).toEqual({ url: 'postgres://interoffice@db/interoffice', password: '1234' });
    expect(read.trustedAuthorities).toEqual([join(dir, 'company-ca.pem')]);
    expect(read.certificate?.chain).toBe(join(dir, 'chain.pem'));
    expect(read.cluster).toEqual({ nats: ['nats://a:4222'] });
    expect(read.offices.map(({ gateways }) => gateways)).toEqual([
      ['local'],
      ['a.tokyo.corp.example:5280', 'b.tokyo.corp.example:5280'],
    ]);
    expect(read.dnsServers).toEqual([{ host: '127.0.0.1', port: 5353 }]);
    expect(read.anonymous).toBe('guest.corp.example');
  });

  it.each([
    [
      'an unknown key, with the nearest valid one',
      'domain: a.example\nlisten:\n  c2s-tsl: false\n',
      'interoffice.yaml:3: unknown key c2s-tsl; did you mean c2s-tls?',
    ],
    [
      'a misplaced key, with its place',
      'domain: a.example\nhold-for: 30s\n',
      'interoffice.yaml:2: hold-for does not belong here; it belongs under archive',
    ],
    [
      'a misspelt and misplaced key, with its place',
      'domain: a.example\nchanel-binding: true\n',
      'interoffice.yaml:2: unknown key chanel-binding; did you mean c2s.channel-binding?',
    ],
    [
      'a key like no other',
      'domain: a.example\nservices: { zzzzzzzzzz: 1 }\n',
      'interoffice.yaml:2: unknown key zzzzzzzzzz; known here: rooms, upload, pubsub',
    ],
    [
      'a duration without its unit',
      'domain: a.example\narchive:\n  hold-for: 30\n',
      'interoffice.yaml:3: expected a duration with its unit',
    ],
    ['a duration in a unit of size', 'domain: a.example\narchive: { hold-for: 30kB }\n', 'found "30kB"'],
    [
      'a gateway in two ways',
      'domain: a.example\noffices: [{ name: A, domains: [a.example], gateway: local, gateways: [local] }]\n',
      'A: give gateway or gateways, not both',
    ],
    [
      'a gateway that stands in a list twice',
      'domain: a.example\noffices: [{ name: A, domains: [a.example], gateways: ["g:1", "g:1"] }]\n',
      'A: a gateway stands here twice',
    ],
    [
      'a hub that is no office of ours',
      'domain: a.example\nfederation: { peers: [{ domain: b.example, via: hq.example }] }\n',
      'via of b.example: hq.example is no peer with office: true',
    ],
    [
      'a hub by dialback',
      'domain: a.example\nfederation: { peers: [{ domain: h.example, office: true, authentication: dialback }, { domain: b.example, via: h.example }] }\n',
      'via of b.example: h.example has to prove itself by its certificate',
    ],
    [
      'relaying for somebody who is no office of ours',
      'domain: a.example\nfederation: { relay: [{ from: [b.example], to: [c.example] }] }\n',
      'b.example is no peer with office: true',
    ],
    ['an empty list', 'domain: a.example\noffices: []\n', 'interoffice.yaml:2: the list is empty'],
    ['an empty list of directories', 'domain: a.example\ndirectory: []\n', 'the list is empty'],
    [
      'a value of another form',
      'domain: a.example\ndirectory: ldap\n',
      'interoffice.yaml:2: expected local or demo, or a list',
    ],
    ['a list where a group belongs', 'domain: a.example\nlisten: [1]\n', 'below it, found a list'],
    ['a group where a value belongs', 'domain: { a: b }\n', 'expected a domain name, found a group'],
    ['a value where a list belongs', 'domains: a.example\n', 'expected a list, each a domain name, found "a.example"'],
    ['a port too high', 'domain: a.example\nlisten: { c2s: 127.0.0.1:70000 }\n', 'expected host:port'],
    ['a domain that cannot be one', 'domain: "a b"\n', 'expected a domain name, found "a b"'],
    ['no domain', 'registration: false\n', 'interoffice.yaml: domain is missing'],
    [
      'both ways to name domains',
      'domain: a.example\ndomains: [b.example]\n',
      'interoffice.yaml:1: give domain or domains, not both',
    ],
    ['a domain twice', 'domains: [b.example, b.example]\n', 'a domain stands here twice'],
    [
      'an office with a domain not served',
      'domain: a.example\noffices: [{ name: B, domains: [b.example] }]\n',
      'b.example is not among the domains served',
    ],
    [
      'an office twice',
      'domain: a.example\noffices: [{ name: B, domains: [a.example] }, { name: B, domains: [a.example] }]\n',
      'two offices have the same name',
    ],
    [
      'log-in without TLS beyond loopback',
      'domain: a.example\nc2s:\n  tls: optional\n',
      'interoffice.yaml:3: optional is accepted only while',
    ],
    [
      'an archive switched off beyond loopback',
      'domain: a.example\narchive: { enabled: off-for-benchmarks }\n',
      'needs every listener on a loopback address',
    ],
    [
      'an archive switched off',
      'domain: a.example\narchive: { enabled: false }\n',
      'expected true or off-for-benchmarks',
    ],
    [
      'a password that YAML reads as a number',
      'domain: a.example\ndatabase: { url: postgres://db/x, password: 1234 }\n',
      'write digits in quotes',
    ],
    [
      'a database URL with the password in it',
      'domain: a.example\ndatabase: { url: "postgres://u:p@db/x" }\n',
      'no password in it',
    ],
    ['text that is not YAML', 'domain: [a\n', 'interoffice.yaml:'],
    ['a key twice', 'domain: a.example\ndomain: b.example\n', 'interoffice.yaml:2: Map keys must be unique'],
    ['an alias', 'domain: &a a.example\nanonymous: *a\n', 'aliases (*name) are not used here'],
    [
      'a secret file that is not there',
      'domain: a.example\ndatabase: { url: postgres://db/x, password: { file: /nowhere/x } }\n',
      '/nowhere/x cannot be read (ENOENT)',
    ],
  ])('refuse %s', (_what, yaml, sentence) => {
    expect(refusal(yaml)).toContain(sentence);
  });

  it('name every problem at once', () => {
    expect(refusal('domian: a.example\nregistration: maybe\n').split('\n')).toHaveLength(2);
  });

  it('say which file is not there', () => {
    expect(() => loadSettings({ file: join(dir, 'none.yaml'), environment: {} })).toThrow('none.yaml cannot be read');
  });

  it('describe each setting for the manual', () => {
    const manual = describeSettings();
    expect(manual).toContain('| `archive.hold-for` | a duration with its unit, such as 30s or "5 minutes" | `30s` |');
    expect(manual).toContain('| `directory.password` |');
    expect(manual).toContain('`INTEROFFICE_LISTEN__C2S_TLS`');
  });
});

describe('directories of people', () => {
  it('are read with their secrets from files beside the settings', () => {
    writeFileSync(join(dir, 'secret'), 'hunter2\n');
    const [source] = load(SOURCE).directory;
    expect(source).toMatchObject({
      name: 'ad',
      password: 'hunter2',
      connectTimeout: 2000,
      startTls: false,
      attributes: { id: 'entryUUID' },
    });
  });

  //
  it('are refused when passwords would cross the wire in the clear', () => {
    writeFileSync(join(dir, 'secret'), 'x');
    expect(refusal(SOURCE.replaceAll('ldaps:', 'ldap:'))).toContain('ldap:// sends passwords in the clear');
    expect(refusal(`${SOURCE}    start-tls: true\n`)).toContain('ldaps:// is encrypted from the first byte');
  });

  it('are refused when two have one name', () => {
    writeFileSync(join(dir, 'secret'), 'x');
    const twice = SOURCE + SOURCE.slice(SOURCE.indexOf('  - name'));
    expect(refusal(twice)).toContain('two sources have the same name');
  });
});

describe('what an LDAP source is', () => {
  const one = (more: string) => {
    writeFileSync(join(dir, 'secret'), 'x');
    const { directory } = load(`${SOURCE.slice(0, SOURCE.indexOf('    url'))}${more}    bind-dn: cn=reader
    password: { file: secret }
`);
    return typeof directory === 'string' ? undefined : directory[0];
  };

  it.each([
    ['active-directory', 'objectGUID', 'sAMAccountName', 'userPrincipalName', '(objectClass=group)'],
    ['inetorgperson', 'entryUUID', 'uid', undefined, '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))'],
    ['posix', 'entryUUID', 'uid', undefined, '(objectClass=posixGroup)'],
    ['freeipa', 'ipaUniqueID', 'uid', 'krbPrincipalName', '(objectClass=ipaUserGroup)'],
  ])('follows from the kind %s', (kind, id, login, principal, filter) => {
    const source = one(`    kind: ${kind}\n    srv: corp.example\n    base: dc=corp\n`);
    expect(source).toMatchObject({ kind, srv: 'corp.example', url: [], base: ['dc=corp'] });
    expect(source?.attributes).toMatchObject({ id, login, principal });
    expect(source?.groups).toEqual({ base: 'dc=corp', filter });
  });

  it('can be said in all its parts', () => {
    const source = one(`
    kind: active-directory
    url: [ldaps://dc1.corp.example]
    base: ["ou=berlin,dc=corp", "ou=tokyo,dc=corp"]
    filter: (employeeType=1)
    attributes: { office: l }
    groups: { base: ou=groups }
    login-group: cn=chat,ou=groups
    offices: [{ base: "ou=berlin,dc=corp", office: Berlin }, { group: cn=tokyo, office: Tokyo }, { value: SP, office: Paulista }]
    netbios-name: CORP
    principal-suffixes: [corp.example, partner.example]
    lockout: { attempts: 2, within: 1h, for: 10 minutes }
    sync: { online: 30s, full: "23:05", most-disabled: 2.5% }
    forward-old-address-for: 30 days
`);
    expect(source).toMatchObject({
      base: ['ou=berlin,dc=corp', 'ou=tokyo,dc=corp'],
      filter: '(employeeType=1)',
      attributes: { office: 'l', photo: 'thumbnailPhoto' },
      groups: { base: 'ou=groups', filter: '(objectClass=group)' },
      loginGroup: 'cn=chat,ou=groups',
      netbiosName: 'CORP',
      principalSuffixes: ['corp.example', 'partner.example'],
      lockout: { attempts: 2, within: 3_600_000, for: 600_000 },
      sync: { online: 30_000, changes: 60_000, full: 23 * 60 + 5, mostDisabled: 0.025 },
      forwardOldAddressFor: 30 * 86_400_000,
    });
    expect(source?.offices).toHaveLength(3);
  });

  it.each([
    ['no server', 'base: dc=x', 'url is missing; give url or srv'],
    ['two ways to its servers', 'url: [ldaps://a]\n    srv: b.example\n    base: dc=x', 'give url or srv, not both'],
    [
      'an office without a rule',
      'srv: b.example\n    base: dc=x\n    offices: [{ office: A }]',
      'the office A needs one of',
    ],
    ['another kind', 'kind: ldap\n    srv: b.example\n    base: dc=x', 'expected active-directory or inetorgperson'],
    ['a time that is none', 'srv: b.example\n    base: dc=x\n    sync: { full: "25:00" }', 'expected a time of day'],
    ['a share that is none', 'srv: b.example\n    base: dc=x\n    sync: { most-disabled: 5 }', 'expected a share'],
  ])('is refused with %s', (_, more, sentence) => {
    expect(() => one(`    ${more}\n`)).toThrow(sentence);
  });
});

const RULES = `domain: corp.example
federation:
  rules:
    - name: partner
      effect: allow
      peers: [Partner.Example, "*.partner.example"]
      classes: [chat]
      reason: contract 17
      owner: it@corp.example
`;

describe('one connection for both directions', () => {
  const peers = `${RULES}  peers: [{ domain: one.example }, { domain: two.example, bidi: false }]\n`;

  it('is on, unless settings say otherwise for all or for one peer', () => {
    const { bidi, peers: read } = load(peers).federation;
    expect([bidi, ...read.map((peer) => peer.bidi)]).toEqual([true, undefined, false]);
    expect(load(`${peers}  bidi: false\n`).federation.bidi).toBe(false);
  });
});

describe('who may talk to other servers', () => {
  const second = RULES.slice(RULES.indexOf('    - name'));

  it('is a list of rules about everybody, both ways, unless they say more', () => {
    const [rule] = load(RULES).federation.rules;
    expect(rule).toMatchObject({
      id: 'partner',
      peers: ['partner.example', '*.partner.example'],
      directions: ['in', 'out'],
      who: ['everybody'],
    });
  });

  it.each([
    ['a key that is none', RULES.replace('classes:', 'class:'), 'interoffice.yaml:7: unknown key class; did you mean'],
    [
      'a key that belongs elsewhere',
      RULES.replace('owner:', 'ca: [x]\n      owner:'),
      'interoffice.yaml:9: ca does not belong here',
    ],
    [
      'a peer that is no domain',
      RULES.replace('Partner.Example', '"*.com"'),
      'interoffice.yaml:6: expected partner.example',
    ],
    ['a class that is none', RULES.replace('[chat]', '[talk]'), 'interoffice.yaml:7: expected chat or room'],
    ['an empty list', RULES.replace('[chat]', '[]'), 'interoffice.yaml:7: the list is empty'],
    ['no reason', RULES.replace('reason: contract 17', ''), 'reason is missing'],
    ['two rules of one name', RULES + second, 'interoffice.yaml:10: another rule is called partner as well'],
    [
      'somebody who is two things',
      `${RULES}      who:\n        - { office: Berlin }\n        - { office: Berlin, group: sales }\n`,
      'interoffice.yaml:12: give one of account, group and office',
    ],
  ])('is refused with %s, at its line', (_, yaml, sentence) => {
    expect(refusal(yaml)).toContain(sentence);
  });
});

describe('the environment', () => {
  it('wins over the file', () => {
    const read = load('domain: a.example\nlisten: { c2s: 0.0.0.0:5222 }\n', {
      INTEROFFICE_LISTEN__C2S: '127.0.0.1:1',
      INTEROFFICE_LISTEN__C2S_TLS: 'false',
      INTEROFFICE_DATA_DIR: '/srv/x',
      INTEROFFICE_OFFICES: '[{ name: A, domains: [a.example] }]',
      HOME: '/root',
    });
    expect(read.listen.c2s).toEqual({ host: '127.0.0.1', port: 1 });
    expect(read.listen.c2sTls).toBe(false);
    expect(read.dataDir).toBe('/srv/x');
    expect(read.offices[0]?.name).toBe('A');
  });

  it('is refused with the name of the variable', () => {
    expect(refusal('domain: a.example\n', { INTEROFFICE_LISTEN__HTPS: 'x' })).toContain(
      'INTEROFFICE_LISTEN__HTPS: unknown key htps; did you mean https?',
    );
    expect(refusal('domain: a.example\n', { INTEROFFICE_C2S: '{ tls: none }' })).toContain('INTEROFFICE_C2S: expected');
  });

  it('may hold what Kubernetes adds beside a Service of our name', () => {
    const added = {
      INTEROFFICE_SERVICE_HOST: '10.0.0.1',
      INTEROFFICE_PORT_8443_TCP_ADDR: '10.0.0.1',
      INTEROFFICE_PORT: 'tcp://x',
    };
    expect(refusal('domain: a.example\n', added)).toBe('accepted');
  });
});

describe('a demo', () => {
  it('runs without a file, on loopback addresses only', () => {
    const read = loadSettings({ presets: demoPresets, environment: {}, overrides: { 'data-dir': dir } });
    expect(read.domains).toEqual(['office.localhost']);
    expect(read.directory).toBe('demo');
    expect(read.dataDir).toBe(dir);
  });

  it('can serve other domains', () => {
    const read = loadSettings({ presets: demoPresets, environment: { INTEROFFICE_DOMAINS: '[a.example, b.example]' } });
    expect(read.domains).toEqual(['a.example', 'b.example']);
  });
});

describe('a part', () => {
  const part = settings(
    { limits: group({ stanza: size({ says: 'Largest.', initial: '256 kB' }) }, { says: 'Limits.' }) },
    {
      idle: duration({ says: 'Idle.', initial: '1 h' }),
      many: whole({ least: 1, most: 9 }, { says: 'Many.', initial: 3 }),
      on: flag({ says: 'On.', initial: true }),
    },
  );

  it('brings its own settings', () => {
    expect(loadPart(part, { environment: { INTEROFFICE_MANY: '4' } })).toEqual({
      limits: { stanza: 256_000 },
      idle: 3_600_000,
      many: 4,
      on: true,
    });
    expect(() => loadPart(part, { environment: { INTEROFFICE_MANY: '10' } })).toThrow('a whole number from 1 to 9');
  });

  it('does not take a setting of another part', () => {
    expect(() => settings({ a: flag({ says: '' }) }, { a: flag({ says: '' }) })).toThrow(
      'two parts describe the setting a',
    );
  });
});

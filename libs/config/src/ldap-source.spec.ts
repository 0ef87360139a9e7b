import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from './load.js';

const TEAMS = `    teams:
      - { group: "cn=sales,dc=corp" }
      - { group: "cn=help,dc=corp", name: Help desk, visible-to: all, most: 500 }
      - { group: "cn=board,dc=corp", visible-to: ["cn=assistants,dc=corp"] }
`;
const ROOMS = `    rooms:
      - { group: "cn=sales,dc=corp", room: sales }
      - { group: "cn=chess,dc=corp", room: chess, title: Chess, membership: optional, owners: "cn=it,dc=corp" }
`;

describe('the rules of a source for teams and rooms', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'config-'));
    writeFileSync(join(dir, 'secret'), 'secret');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  function source(rules: string) {
    const file = join(dir, 'interoffice.yaml');
    writeFileSync(
      file,
      `domain: corp.example
directory:
  - name: ad
    url: [ldaps://dc1.corp.example]
    bind-dn: cn=reader,dc=corp
    password: { file: secret }
    base: ou=people,dc=corp
${rules}`,
    );
    const { directory } = loadSettings({ file, environment: {} });
    return typeof directory === 'string' ? undefined : directory[0];
  }

  it('say who sees whom and which room is whose', () => {
    expect(source(TEAMS + ROOMS)).toMatchObject({
      teams: [
        { group: 'cn=sales,dc=corp', name: undefined, visibleTo: 'own', most: 200 },
        { group: 'cn=help,dc=corp', name: 'Help desk', visibleTo: 'all', most: 500 },
        { group: 'cn=board,dc=corp', visibleTo: ['cn=assistants,dc=corp'], most: 200 },
      ],
      rooms: [
        { group: 'cn=sales,dc=corp', room: 'sales', title: undefined, membership: 'mandatory', owners: undefined },
        { room: 'chess', title: 'Chess', membership: 'optional', owners: 'cn=it,dc=corp' },
      ],
    });
    expect(source('')).toMatchObject({ teams: undefined, rooms: undefined });
  });

  it('are one for each room, and say who sees whom in no other words', () => {
    expect(() => source(`${ROOMS}      - { group: "cn=all,dc=corp", room: sales }\n`)).toThrow(
      'two rules are for the room sales',
    );
    expect(() => source('    teams: [{ group: "cn=a,dc=corp", visible-to: some }]\n')).toThrow(
      'expected own or all, or a list',
    );
  });
});

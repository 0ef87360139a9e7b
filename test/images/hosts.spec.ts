import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const deploy = path.resolve(import.meta.dirname, '../../deploy');

interface Compose {
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

describe('on one host', () => {
  // H-01, H-02
  it('the composed service has a read-only root, no capability and no way to more rights', () => {
    const { services } = parse(readFileSync(path.join(deploy, 'compose.yaml'), 'utf8')) as Compose;
    expect(Object.keys(services)).toEqual(['interoffice']);
    expect(services['interoffice']).toMatchObject({
      user: '10001:0',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      volumes: ['data:/data', './interoffice.yaml:/etc/interoffice/interoffice.yaml:ro'],
    });
    expect(services['interoffice']).not.toHaveProperty('privileged');
  });

  it('the command asks V8 for room before the first whole collection', () => {
    const [shebang] = readFileSync(path.join(deploy, 'bin/interoffice.mjs'), 'utf8').split('\n', 1);
    expect(shebang).toBe('#!/opt/interoffice/bin/node --initial-heap-size=160');
  });

  it('the unit starts what stage.mjs makes, as a user without capabilities, with the environment of the image', () => {
    const unit = readFileSync(path.join(deploy, 'interoffice.service'), 'utf8').split('\n');
    for (const line of [
      'ExecStart=/opt/interoffice/bin/interoffice.mjs up --config /etc/interoffice/interoffice.yaml',
      'Environment=MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=65536 NODE_ENV=production',
      'User=interoffice',
      'CapabilityBoundingSet=',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
    ]) {
      expect(unit).toContain(line);
    }
  });
});

import { Failure } from '@interoffice/telemetry';
import { describe, expect, it } from 'vitest';
import { explainUnreachable, isUnreachable } from './unreachable.js';
import { unprivileged } from './unprivileged.js';

const to = { host: 'db.example', port: 5432, user: 'interoffice_app', database: 'interoffice' };
const withCode = (code: string): Error => Object.assign(new Error('said by PostgreSQL'), { code });

describe('unreachable', () => {
  it('says for each reason which side has to do what', () => {
    for (const [code, remedy] of [
      ['28P01', 'refuses the log-in'],
      ['53300', 'max_connections'],
      ['53100', 'disk is full'],
      ['57P03', 'passes by itself'],
      ['08006', 'Check that it runs'],
    ] as const) {
      const failure = explainUnreachable(withCode(code), to);
      expect(failure).toBeInstanceOf(Failure);
      expect(failure).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: expect.stringContaining(remedy) });
      expect(String(failure)).toContain('db.example:5432');
    }
  });

  it('leaves a statement that was refused as it is', () => {
    for (const code of ['23505', '42501', '22P02', '40001']) {
      const error = withCode(code);
      expect(explainUnreachable(error, to)).toBe(error);
    }
    expect(isUnreachable('no error')).toBe(false);
    expect(isUnreachable(new Error('Connection terminated unexpectedly'))).toBe(true);
  });
});

describe('running without rights', () => {
  it('runs as itself for an ordinary user, and never as root', () => {
    expect(unprivileged(false)).toMatchObject({ mode: 'self', uid: undefined });
    const asRoot = unprivileged(true);
    expect(asRoot.mode === 'userns' ? asRoot.prefix[0] : asRoot.uid).toBe(
      asRoot.mode === 'userns' ? 'unshare' : 65_534,
    );
  });
});

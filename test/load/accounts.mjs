// Accounts for load tests: verifiers of one password under one salt, written in two statements.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

const SALT = Buffer.from('bench-salt-16byt');
const ITERATIONS = 4096;
const HASHES = { 'SCRAM-SHA-1': ['sha1', 20], 'SCRAM-SHA-256': ['sha256', 32], 'SCRAM-SHA-512': ['sha512', 64] };

export async function addAccounts(database, { users, password, domain }) {
  await database.query(
    'app',
    `INSERT INTO accounts (jid, directory) SELECT 'u' || n || '@' || $2, 'local' FROM generate_series(0, $1 - 1) n ON CONFLICT DO NOTHING`,
    [users, domain],
  );
  for (const [mechanism, [hash, size]] of Object.entries(HASHES)) {
    const salted = pbkdf2Sync(password, SALT, ITERATIONS, size, hash);
    const key = (name) => createHmac(hash, salted).update(name).digest();
    const stored = createHash(hash).update(key('Client Key')).digest();
    await database.query(
      'app',
      `INSERT INTO scram_verifiers (account_id, mechanism, salt, iterations, stored_key, server_key)
       SELECT id, $1, $2, $3, $4, $5 FROM accounts ON CONFLICT DO NOTHING`,
      [mechanism, SALT, ITERATIONS, stored, key('Server Key')],
    );
  }
}

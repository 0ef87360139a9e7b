// `node test/load/medians.mjs RESULTS.jsonl…`: medians of several runs of the peer bench as a table, with the ratios asked for.
import { readFileSync } from 'node:fs';

const files = process.argv.slice(2);
if (files.length === 0) {
  process.stderr.write('usage: node test/load/medians.mjs RESULTS.jsonl…\n');
  process.exit(2);
}
const rows = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .map((row) => ({ ...row, per_s: row.per_s ?? row.logins_per_s })),
);
const groups = Map.groupBy(rows, ({ scenario, server }) => `${scenario} ${server}`);
const median = (values) => {
  const sorted = values.filter((value) => Number.isFinite(value)).toSorted((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const of = (scenario, server, field) => median((groups.get(`${scenario} ${server}`) ?? []).map((row) => row[field]));
const show = (value, digits = 2) =>
  value === undefined ? '–' : value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: 0 });

const columns = [
  ['per s', 'per_s', 0],
  ['p50 ms', 'p50_ms', 2],
  ['p99 ms', 'p99_ms', 2],
  ['server CPU s/1,000', 'cpu_per_1000', 4],
  ['PostgreSQL CPU s/1,000', 'pg_per_1000', 4],
  ['RSS kB/session', 'rss_per_conn_kb', 1],
  ['foreign CPU %', 'other_cpu_pct', 0],
];
process.stdout.write(`| scenario | server | runs | ${columns.map(([name]) => name).join(' | ')} | all arrived |\n`);
process.stdout.write(`|---|---|---:|${'---:|'.repeat(columns.length)}---|\n`);
for (const [key, all] of groups) {
  const [scenario, server] = key.split(' ');
  const cells = columns.map(([, field, digits]) => show(of(scenario, server, field), digits));
  const good = all.every(({ ok }) => ok) ? 'yes' : 'NO';
  process.stdout.write(`| ${scenario} | ${server} | ${all.length} | ${cells.join(' | ')} | ${good} |\n`);
}

/** What the product promises, against what was measured. */
const better = (scenario) =>
  Math.max(...['ejabberd', 'prosody-gen'].map((server) => of(scenario, server, 'per_s') ?? 0));
const ratio = (scenario, to) => of(scenario, 'interoffice', 'per_s') / to;
const cpu = (scenario) => of(scenario, 'interoffice', 'cpu_per_1000') + of(scenario, 'interoffice', 'pg_per_1000');
const ours = (scenario, field) => of(scenario, 'interoffice', field);
const KIB = 1.024;
const checks = [
  ['archived, 1 in flight: × ejabberd', ratio('mam-chat-w1', of('mam-chat-w1', 'ejabberd', 'per_s')), '≥', 14],
  ['archived, 10 in flight: × ejabberd', ratio('mam-chat-w10', of('mam-chat-w10', 'ejabberd', 'per_s')), '≥', 25],
  ['unarchived, 1 in flight: × ejabberd', ratio('chat-w1', of('chat-w1', 'ejabberd', 'per_s')), '≥', 3.5],
  ['unarchived, 10 in flight: × ejabberd', ratio('chat-w10', of('chat-w10', 'ejabberd', 'per_s')), '≥', 4],
  ['TLS: × ejabberd', ratio('chat-w1-tls', of('chat-w1-tls', 'ejabberd', 'per_s')), '≥', 2.5],
  ['log-ins: × the better peer', ratio('login', better('login')), '≥', 1.9],
  ['log-ins over TLS: × the better peer', ratio('login-tls', better('login-tls')), '≥', 1.4],
  ['CPU s per 1,000 archived, 1 in flight', cpu('mam-chat-w1'), '≤', 0.04],
  ['CPU s per 1,000 archived, 10 in flight', cpu('mam-chat-w10'), '≤', 0.04],
  ['p99 of rate-2k: × relay-node', ours('rate-2k', 'p99_ms') / of('rate-2k', 'relay-node', 'p99_ms'), '≤', 2],
  ['p99 ms of mam-rate-500', ours('mam-rate-500', 'p99_ms'), '≤', 10],
  [
    'p99 of mam-rate-500: × ejabberd',
    ours('mam-rate-500', 'p99_ms') / of('mam-rate-500', 'ejabberd', 'p99_ms'),
    '≤',
    0.25,
  ],
  ['RSS per idle session, plain, KiB', ours('login', 'rss_per_conn_kb') / KIB, '≤', 14],
  ['RSS per idle session, TLS, KiB', ours('login-tls', 'rss_per_conn_kb') / KIB, '≤', 48],
];
process.stdout.write('\n| promise | measured | wanted | |\n|---|---:|---:|---|\n');
for (const [name, value, sign, limit] of checks) {
  const kept = sign === '≥' ? value >= limit : value <= limit;
  process.stdout.write(`| ${name} | ${show(value, 3)} | ${sign} ${limit} | ${kept ? 'kept' : 'not kept'} |\n`);
}

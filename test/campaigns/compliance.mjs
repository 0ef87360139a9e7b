// The compliance archive: sealing, verification by two programs, search over 10 million messages, export of a million, a purge of five million.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportPart } from './compliance-export.mjs';
import { purgePart } from './compliance-purge.mjs';
import { searchPart } from './compliance-search.mjs';
import { sealPart } from './compliance-seal.mjs';
import { verifyPart } from './compliance-verify.mjs';
import { progress, provenance, root } from './machinery.mjs';

const PARTS = { verify: verifyPart, seal: sealPart, search: searchPart, export: exportPart, purge: purgePart };
const HELP = `usage: npm run campaign -- compliance [--small] [--only ${Object.keys(PARTS).join('|')}]… [--folder DIR]

Full size takes about an hour; the parts may be run one by one (--only), each renews its own table in
docs/evidence/compliance.md. Nothing else may run on the machine meanwhile.
--folder: the database of search or purge, filled before (openScene, fillForPurge) while the machine had other work.

Example: npm run campaign -- compliance --only verify
`;

if (process.argv.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}
const small = process.argv.includes('--small');
const folder = process.argv[process.argv.indexOf('--folder') + 1 || Infinity];
const only = process.argv.flatMap((word, i) => (process.argv[i - 1] === '--only' ? [word] : []));
const strange = only.find((name) => !Object.hasOwn(PARTS, name));
if (strange !== undefined) {
  process.stderr.write(`There is no part "${strange}".\n${HELP}`);
  process.exit(2);
}

const say = progress();
let failed = 0;
for (const name of only.length > 0 ? only : Object.keys(PARTS)) {
  const began = Date.now();
  const { lines } = await PARTS[name]({ small, folder, log: (text) => say(`${name}: ${text}`) });
  const seconds = Math.round((Date.now() - began) / 1_000);
  const table = tableOf(name, lines, seconds);
  process.stdout.write(`\n${table}`);
  failed += lines.filter(({ ok }) => !ok).length;
  if (!small) keep(name, table);
}
if (failed > 0) {
  process.stdout.write(`\n${failed} figures are over their limit.\n`);
  process.exitCode = 1;
}

function tableOf(name, lines, seconds) {
  const rows = lines.map(
    ({ what, figure, limit, ok }) => `| ${what} | ${figure} | ${limit ?? ''} | ${ok ? 'yes' : '**no**'} |`,
  );
  return [
    `## ${name}`,
    '',
    `\`npm run campaign -- compliance --only ${name}\`: ${provenance()}; ${seconds} s.`,
    '',
    '| What | Figure | Limit | Within |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Each part renews its own table. */
function keep(name, table) {
  const file = path.join(root, 'docs/evidence/compliance.md');
  mkdirSync(path.dirname(file), { recursive: true });
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    text =
      '# The compliance archive\n\n`npm run campaign -- compliance`; each part names the commit and the machine it was measured on.\n';
  }
  const sections = text.split(/^(?=## )/m);
  const at = sections.findIndex((section) => section.startsWith(`## ${name}\n`));
  if (at < 0) sections.push(table);
  else sections[at] = table;
  writeFileSync(file, `${sections.map((section) => section.trimEnd()).join('\n\n')}\n`);
}

// Makes docs/xeps.md, docs/xmpp.doap, docs/errors.md, docs/events.md and docs/settings.md from the code itself.
// With --check: changes nothing, fails when one of them is stale. Needs a build (`tsc -b`).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const door = (part) => import(path.join(root, part, 'dist/index.js'));

const { declaredEvents } = await door('libs/telemetry');
for (const part of [
  'storage',
  'jobs',
  'pki',
  'config',
  'transport',
  'directory',
  'archive',
  'stream',
  'routing',
  'features',
]) {
  await door(`libs/${part}`);
}
await door('apps/api');
await door('apps/appliance');
const { DEFAULT_POLICY, features, roomRules } = await door('apps/server');
const { Vocabulary } = await door('libs/wire');
const { describeSettings, interofficeSchema } = await door('libs/config');
const names = JSON.parse(readFileSync(path.join(root, 'docs/xep-names.json'), 'utf8'));

/** Every source file of the product, tests left out. */
function sources(dir) {
  return readdirSync(path.join(root, dir), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/node_modules|(^|\/)dist|\.spec\.|\.d\.ts$/.test(name))
    .toSorted()
    .map((name) => ({ file: `${dir}/${name}`, text: readFileSync(path.join(root, dir, name), 'utf8') }));
}
const code = ['libs', 'apps'].flatMap(sources);

/** Protocol scripts, by the document their head line cites. */
function scriptsByDocument() {
  const found = new Map();
  for (const dir of ['libs/features/src', 'test/scenarios']) {
    if (!existsSync(path.join(root, dir))) continue;
    for (const name of readdirSync(path.join(root, dir), { recursive: true, encoding: 'utf8' }).toSorted()) {
      if (!name.endsWith('.xmpp')) continue;
      const [head] = readFileSync(path.join(root, dir, name), 'utf8').split('\n');
      const [, document] = /^(XEP-\d{4}|RFC \d{4})/.exec(head) ?? [];
      if (document) found.set(document, [...(found.get(document) ?? []), `${dir}/${name}`]);
    }
  }
  return found;
}

const MADE = '<!-- Made by scripts/generate.mjs from the code; `npm run check` fails when it is stale. -->\n\n';
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');

function specifications() {
  const none = () => Promise.resolve([]);
  const { list, stop } = features({
    sql: { query: none },
    accounts: { load: none, peek: () => undefined },
    archive: { page: none, after: none, metadata: none },
    findPerson: none,
    announce: { available: () => undefined, willing: () => undefined },
    routing: () => undefined,
    questions: undefined,
    rooms: { domain: 'conference.example', rules: roomRules(DEFAULT_POLICY) },
    secret: Buffer.alloc(32),
    vocabulary: new Vocabulary(),
    resumeWithinMs: 0,
    company: '',
    version: '',
    adminAddresses: [],
    clock: { now: () => 0 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  void stop();
  const rows = list.flatMap((feature) => feature.implements.map((spec) => ({ ...spec, feature: feature.name })));
  // What streams do by themselves.
  rows.push(
    { xep: 440, version: '1.0.0', feature: 'stream' },
    { xep: 478, version: '0.2.0', feature: 'stream' },
    { xep: 368, version: '1.1.0', feature: 'transport' },
    { xep: 178, version: '1.2', feature: 'stream' },
    { xep: 185, version: '1.0', feature: 'stream' },
    { xep: 220, version: '1.1.1', feature: 'stream' },
    { xep: 288, version: '1.0.1', feature: 'stream' },
    { xep: 487, version: '0.1.0', isPartial: true, feature: 'federation' },
    { xep: 156, version: '1.4.0', feature: 'api' },
    { rfc: 6120, feature: 'stream' },
    { rfc: 7395, feature: 'transport' },
    { rfc: 7590, feature: 'transport' },
    { rfc: 7622, feature: 'wire' },
    { rfc: 5802, feature: 'stream' },
    { rfc: 7677, feature: 'stream' },
    { rfc: 9266, feature: 'stream' },
  );
  return rows;
}

function xeps(rows) {
  const scripts = scriptsByDocument();
  const proofs = (document) =>
    (scripts.get(document) ?? []).map((file) => `[${path.basename(file, '.xmpp')}](../${file})`).join(', ');
  const head = '| Document | Name | Version | Feature | Proved by |\n|---|---|---|---|---|\n';
  const lines = rows
    .map((row) => {
      const document = row.xep ? `XEP-${String(row.xep).padStart(4, '0')}` : `RFC ${row.rfc}`;
      return { document, ...row };
    })
    .toSorted((a, b) => a.document.localeCompare(b.document) || (a.section ?? '').localeCompare(b.section ?? ''))
    .map(
      ({ document, version, section, feature, isPartial }) =>
        `| ${document} | ${names[document] ?? ''}${section ? ` §${section}` : ''} | ${version ?? ''}${isPartial ? ', in part' : ''} | ${feature} | ${proofs(document)} |`,
    );
  return `# What Interoffice implements\n\n${MADE}${head}${[...new Set(lines)].join('\n')}\n`;
}

function doap(rows) {
  const supported = [...new Map(rows.filter(({ xep }) => xep).map((row) => [row.xep, row])).values()]
    .toSorted((a, b) => a.xep - b.xep)
    .map(
      ({ xep, version, isPartial }) => `    <implements>
      <xmpp:SupportedXep>
        <xmpp:xep rdf:resource="https://xmpp.org/extensions/xep-${String(xep).padStart(4, '0')}.html"/>
        <xmpp:version>${version}</xmpp:version>
        <xmpp:status>${isPartial ? 'partial' : 'complete'}</xmpp:status>
      </xmpp:SupportedXep>
    </implements>`,
    );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- Made by scripts/generate.mjs from the code. -->
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://usefulinc.com/ns/doap#" xmlns:xmpp="https://linkmauve.fr/ns/xmpp-doap#">
  <Project>
    <name>Interoffice</name>
    <shortdesc xml:lang="en">Enterprise messaging appliance: XMPP server, directory log-in, compliance archive</shortdesc>
    <programming-language>TypeScript</programming-language>
    <license rdf:resource="https://spdx.org/licenses/Apache-2.0"/>
${supported.join('\n')}
  </Project>
</rdf:RDF>
`;
}

function errors() {
  const failures = new Map();
  const refusals = [];
  for (const { file, text } of code) {
    for (const [, name, message] of text.matchAll(/new Failure\(\s*'([A-Z_]+)',\s*(?:`([^`]*)`|'[^']*')/g)) {
      failures.set(name, { file, message: message ?? failures.get(name)?.message ?? '' });
    }
    for (const [, name, message] of text.matchAll(/new Failure\(\s*'([A-Z_]+)',\s*'((?:[^'\\]|\\.)*)'/g))
      failures.set(name, { file, message });
    for (const [, condition, said, because] of text.matchAll(
      /refuse\(\s*([a-zA-Z]+)\((?:['"`]([^'"`]*)['"`])?[^;]*?\),\s*'([^']*)'/g,
    )) {
      refusals.push({
        condition: condition.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`),
        said: said ?? '',
        because,
        file,
      });
    }
  }
  const failureRows = [...failures]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, { file, message }]) => `| \`${name}\` | ${cell(message)} | ${file} |`);
  const refusalRows = refusals.map(
    ({ condition, said, because, file }) => `| ${condition} | ${cell(said)} | ${cell(because)} | ${file} |`,
  );
  return `# Errors

${MADE}## Failures

Something of ours or something we depend on failed. The code is stable; search for it.

| Code | What it says | From |
|---|---|---|
${failureRows.join('\n')}

## Refusals of stanzas

What the author of a stanza is told, and what the administrator reads in the event \`stanza.refused\` and in \`interoffice explain\`.

| Condition | Text | Because | From |
|---|---|---|---|
${[...new Set(refusalRows)].toSorted().join('\n')}
`;
}

function events() {
  const parts = [...declaredEvents()].toSorted(([a], [b]) => a.localeCompare(b));
  const tables = parts.map(([lib, list]) => {
    const rows = Object.entries(list).toSorted(([a], [b]) => a.localeCompare(b));
    return `## ${lib}\n\n| Event | When |\n|---|---|\n${rows.map(([name, when]) => `| \`${name}\` | ${cell(when)} |`).join('\n')}\n`;
  });
  return `# Events\n\n${MADE}One JSON object per line on stderr: \`time\`, \`level\`, \`event\` and the event's fields. Never a message body, a password or a token.\n\n${tables.join('\n')}`;
}

const rows = specifications();
const pages = {
  'docs/xeps.md': xeps(rows),
  'docs/xmpp.doap': doap(rows),
  'docs/errors.md': errors(),
  'docs/events.md': events(),
  'docs/settings.md': describeSettings(interofficeSchema),
};

let stale = 0;
for (const [file, wanted] of Object.entries(pages)) {
  const target = path.join(root, file);
  const present = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (present === wanted) continue;
  stale++;
  if (check) process.stderr.write(`${file} is stale: run "npm run generate".\n`);
  else writeFileSync(target, wanted);
}
process.exit(check && stale > 0 ? 1 : 0);

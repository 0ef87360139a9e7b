// For campaigns: what archive.mjs has measured, as tables and a chart.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { provenance, root } from './machinery.mjs';
import { plot } from './plot.mjs';

/** Writes docs/evidence/archive-growth.md and .svg from the steps there are; from a single one, archive-one-size.md. */
export function report(steps, { accounts, askers, chatters, days, held, limitMs, missed }) {
  const grown = steps.filter(({ pages: found }) => found);
  const names = Object.keys(grown[0]?.pages ?? {});
  const millions = ({ rows }) => rows / 1_000_000;
  const lines = names.map((name) => ({ name, points: grown.map((step) => [millions(step), step.pages[name].p95]) }));
  const gib = (bytes) => (bytes / 2 ** 30).toFixed(1);
  const pagesTable = grown.flatMap((step) =>
    names.map((name) => {
      const { p50, p95, max } = step.pages[name];
      return `| ${millions(step)} M | ${name} | ${p50} | ${p95} | ${max} |`;
    }),
  );
  const stepsTable = steps.map((step) => {
    const { chat: talked, catchUpMs = '', resumeMs = '', writtenPerS = '', indexedPerS = '', bytes } = step;
    const size = bytes ? `${gib(bytes.journal)} + ${gib(bytes.content)} + ${gib(bytes.search)}` : '';
    return `| ${millions(step)} M | ${catchUpMs} | ${resumeMs} | ${talked.perS} | ${talked.p99} | ${talked.serverCpu} + ${talked.postgresCpu} | ${writtenPerS} | ${indexedPerS} | ${size} |`;
  });
  const isGrowth = steps.length > 1;
  const found = steps.at(-1).searches ?? [];
  const searchTable = found.map(
    ({ kind, ms, hits, isWhole }) => `| ${kind} | ${ms} | ${hits}${isWhole ? '' : ' and more'} |`,
  );
  const text = `# ${isGrowth ? 'The archive while it grows' : 'The archive at one size'}

\`npm run campaign -- archive${isGrowth ? '' : ' --keep FOLDER'}\`: ${provenance()}, embedded PostgreSQL 18 with its own settings, server, PostgreSQL and clients on one machine.

${accounts.toLocaleString('en')} people, ${days} days, busy people and frequent contacts far more than others, written through the server's own journal and its text index. Pages are asked for by ${askers} people over their streams, one after the other, and measured from the query to its answer.

${isGrowth ? '![p95 of a page](archive-growth.svg)\n\n' : ''}| messages | page of 50 | p50 ms | p95 ms | slowest ms |
|---:|---|---:|---:|---:|
${pagesTable.join('\n')}

Catching up: ${missed.toLocaleString('en')} messages missed in a week, in pages of 250. Resuming: ${held.toLocaleString('en')} messages sent to a device whose stream was cut, from its return to the last of them (XEP-0198; a stream is kept for 4,096). Archived chat: ${chatters / 2} pairs, one in flight, a generator in Node beside it on the same processors. Written and indexed: while the journal was filled. Size: journal, content, text index.

| messages | catching up ms | resuming ms | chat /s | p99 ms | CPU s per 1,000, server + PostgreSQL | written /s | indexed /s | GiB |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${stepsTable.join('\n')}
${
  found.length === 0
    ? ''
    : `
Text search over all of it, first page of 50, the middle of three:

| looked for | ms | hits |
|---|---:|---:|
${searchTable.join('\n')}
`
}`;
  writeFileSync(path.join(root, 'docs/evidence', isGrowth ? 'archive-growth.md' : 'archive-one-size.md'), text);
  if (!isGrowth) return;
  const limit = { y: limitMs, name: 'promised' };
  const axes = { x: 'messages in the journal, millions', y: 'ms, p95', log: true };
  const chart = plot({ title: 'A page of the archive', ...axes, lines: lines.slice(0, 5), limit });
  writeFileSync(path.join(root, 'docs/evidence/archive-growth.svg'), chart);
}

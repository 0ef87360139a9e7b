// For campaigns: what the campaign on federation has found, as lines on the terminal and as a page of evidence.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { renewalChecks } from './federation-renewal.mjs';
import { provenance, root } from './machinery.mjs';

const LIMITS = { cpuPer1000: 0.12, times: 4, p99Ms: 50 };
const SHOWN_OF_FAULTS = 40;

/** { holds, what, isOfLoss }, one for each figure that is wanted. */
export function checksOf({ ours, prosody, line, renewal, tests }, size) {
  return [
    ...(ours ? loadChecks(ours, prosody, size) : []),
    ...(renewal ? renewalChecks(renewal) : []),
    ...(line ? lineChecks(line) : []),
    ...(tests
      ? [{ holds: tests.isPassed, isOfLoss: true, what: `rooms, order and receipts: ${tests.summary.join('; ')}` }]
      : []),
  ];
}

function loadChecks(ours, prosody, { load }) {
  if (ours.fault) return [{ holds: false, isOfLoss: true, what: `load: ${ours.fault}` }];
  const { closed, open, apart } = ours;
  const all = [closed, open, apart];
  const lost = all.reduce((sum, one) => sum + one.lost, 0);
  const sent = all.reduce((sum, one) => sum + one.sent, 0);
  const times = prosody.fault ? undefined : closed.perS / prosody.closed.perS;
  const byCpu = prosody.fault ? undefined : prosody.closed.cpuPer1000 / closed.cpuPer1000;
  return [
    {
      holds: lost === 0,
      isOfLoss: true,
      what: `${lost} of ${sent} messages under load were not there 20 s after the last was sent`,
    },
    {
      holds: closed.cpuPer1000 <= LIMITS.cpuPer1000,
      what: `${closed.cpuPer1000} s of CPU per 1,000 messages over all (at most ${LIMITS.cpuPer1000})`,
    },
    {
      holds: times >= LIMITS.times,
      what: `${closed.perS} messages/s, ${times?.toFixed(1) ?? 'unknown how many'} times what two Prosodys do (at least ${LIMITS.times}); ${byCpu?.toFixed(1) ?? 'unknown'} times as many for each second of CPU`,
    },
    {
      holds: apart.p99 <= LIMITS.p99Ms,
      what: `p99 ${apart.p99} ms at ${load.rate} messages/s, each office on a core of its own (at most ${LIMITS.p99Ms}); both on one core, which then has ${open.cpuShare} % to do: ${open.p99} ms, two Prosodys there ${prosody.open?.p99 ?? 'unknown'} ms`,
    },
  ];
}

function lineChecks({ parties: [{ ways, faults }], recorded }) {
  const total = (name) => ways.reduce((sum, { [name]: list }) => sum + (list.length ?? list), 0);
  const check = (holds, what) => ({ holds, isOfLoss: true, what });
  return [
    check(total('lost') === 0, `${total('lost')} of ${total('said')} messages lost while the line was dead`),
    check(total('double') === 0, `${total('double')} came twice`),
    check(total('disordered') === 0, `${total('disordered')} came out of order`),
    check(total('bounced') === 0, `${total('bounced')} came back to their authors`),
    check(recorded.length === 0, `${recorded.length} faults in the journals of both offices`),
    check(faults.length === 0, `${faults.length} broken promises of the protocol`),
  ];
}

/** Prints the verdict; `isKept`: the page of evidence is written. */
export function report({ found, checks, size, since, isKept }) {
  const seconds = Math.round((Date.now() - since) / 1000);
  for (const { holds, what } of checks) process.stdout.write(`${holds ? 'holds' : 'FAILS'}: ${what}\n`);
  const faults = faultsOf(found);
  for (const line of [
    ...faults.slice(0, SHOWN_OF_FAULTS),
    ...(found.tests?.figures ?? []),
    ...(found.tests?.failure ?? []),
  ])
    process.stdout.write(`${line}\n`);
  process.stdout.write(`${seconds} s\n`);
  if (isKept) writeFileSync(path.join(root, 'docs/evidence/federation.md'), page({ found, checks, size, seconds }));
}

function faultsOf({ line }) {
  if (!line) return [];
  const [{ ways, faults }] = line.parties;
  const ofWays = ways.flatMap(({ lost, double, disordered, why }) => [
    ...lost.map((id) => `lost: ${id}`),
    ...double.map((id) => `twice: ${id}`),
    ...disordered.map((id) => `out of order: ${id}`),
    ...Object.entries(why).map(([reason, n]) => `came back: ${n} with ${reason}`),
  ]);
  return [...ofWays, ...line.recorded, ...faults];
}

function page({ found, checks, size, seconds }) {
  const { load, line, senders } = size;
  const faults = faultsOf(found).slice(0, SHOWN_OF_FAULTS);
  return `# Federation: what a message costs, and what a broken line

\`npm run campaign -- federation\` at ${provenance()}; ${seconds} s in all.

${checks.map(({ holds, what }) => `- ${holds ? 'holds' : '**fails**'}: ${what}`).join('\n')}

## Load
Two offices of ours, each a server with its PostgreSQL and a gateway in a process of its own, with journals on and receipts between them; and two Prosodys with \`mod_mam\` on internal storage (files, not synced to disk), without XEP-0198 between them and with the generational collector. Both over STARTTLS with certificates of one authority, found by DNS, in one network namespace; everything but the clients on one core, and at a steady rate each side on a core of its own as well, beside the clients. ${senders} people of each write to ${senders} of the other, over plain TCP. Processor time is that of servers, gateways and PostgreSQL with all their processes.

| | messages/s | p50 ms | p99 ms | CPU s per 1,000 | servers | gateways | databases | not there 20 s later | CPU of the core | clients' | foreign CPU | fixed work ms |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${loadRows(found, load).join('\n')}

p50 and p99 with ${load.window} in flight are the queue; those at ${load.rate}/s count from the moment when a message was due. At a steady rate far below what it can do a server pays for each message alone what it shares among many under load; the limit on CPU is for the first. Fixed work: how long the same computation took just before, since the cores of a virtual machine are not always as fast; CPU of two rows compares as these do.

## A line that breaks
${line.talkers} people of each write to as many of the other, a message every ${line.everyMs} ms each. After ${line.leadMs / 1000} s the line goes dead for ${line.cutMs / 1000} s: what is sent gets lost, nobody is told, and at the end the path knows nothing of the connections from before. After a third of this time both gateways are killed (kill -9), after two thirds the first server of each two, with which its PostgreSQL goes. The same for two Prosodys at the same time, once as Debian's settings have it but without XEP-0198 between servers, once with it and \`smacks_s2s_resend\`. Lost: acknowledged to its author, neither delivered, nor in the receiver's archive, nor come back as an error.

| | said | arrived | came back | **lost** | twice | out of order | the last that had waited, s after the line was back |
|---|---:|---:|---:|---:|---:|---:|---:|
${lineRows(found.line).join('\n')}

${faults.length === 0 ? 'Each message of ours arrived once and in order, and stands once in the journal of each office.' : faults.join('\n')}

## Rooms of two offices
The test of test/interop/federation at full size: people of two offices talk in one room while the line is dead for ten minutes; both gateways and the room's server are killed meanwhile.

\`\`\`
${[...found.tests.figures, ...found.tests.summary].join('\n')}
\`\`\`
`;
}

function loadRows({ ours, prosody }, { window, rate }) {
  const row = (name, figures) => {
    const { perS, p50, p99, cpuPer1000, per1000, lost, cpuShare, clientsShare, foreignShare, workMs } = figures;
    const parts = [per1000.servers, per1000.gateways ?? '', per1000.databases ?? ''];
    const shares = [cpuShare, clientsShare, foreignShare].map((share) => `${share} %`);
    return `| ${[name, perS, p50, p99, cpuPer1000, ...parts, lost, ...shares, workMs].join(' | ')} |`;
  };
  return Object.entries({ ours, Prosody: prosody }).flatMap(([name, figures]) =>
    figures.fault
      ? [`| ${name} | ${figures.fault} |`]
      : [
          row(`${name}, ${window} in flight each`, figures.closed),
          row(`${name}, ${rate}/s`, figures.open),
          row(`${name}, ${rate}/s, a core for each side`, figures.apart),
        ],
  );
}

function lineRows({ parties }) {
  return parties.flatMap(({ name, ways, caughtUpAfterS }) =>
    ways.map(({ name: way, said, arrived, bounced, lost, double, disordered }) => {
      const cells = [`${name}: ${way}`, said, arrived, bounced, lost.length, double.length, disordered.length];
      return `| ${[...cells, caughtUpAfterS].join(' | ')} |`;
    }),
  );
}

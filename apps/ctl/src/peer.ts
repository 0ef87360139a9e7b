import type { Command } from 'commander';
import { Failure } from '@interoffice/telemetry';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { coloured, oneLine, print, printFacts, printJson, printTable } from './terminal.js';
import { time } from './time-option.js';

interface Attempt {
  readonly atMs: number;
  readonly tookMs: number;
  readonly address?: string;
  readonly port?: number;
  readonly stage: string;
  readonly code: string;
  readonly text: string;
  /** Absent where it is not known. */
  readonly gateway?: string;
}

interface PeerLine {
  readonly domain: string;
  readonly peer: string;
  readonly state: 'up' | 'calling' | 'idle';
  readonly sinceMs: number;
  readonly gateway?: string;
  readonly via?: string;
  readonly address?: string;
  readonly direction: 'out' | 'both';
  readonly openedBy: 'us' | 'peer';
  readonly isCounted: boolean;
  readonly unacknowledged: number;
  readonly lastEnd?: { readonly code: string; readonly text: string };
  readonly nextTryAtMs?: number;
  readonly attempts: readonly Attempt[];
}

interface TurnedAway {
  readonly peer: string;
  readonly remote: string;
  readonly atMs: number;
  readonly code: string;
  readonly text: string;
}

interface DomainRecords {
  readonly domain: string;
  readonly records: readonly PublishedRecord[];
}

interface PublishedRecord {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly state: 'there' | 'beside' | 'missing' | 'other' | 'unknown';
  readonly text: string;
}

interface Gateway {
  readonly name: string;
  readonly domains: readonly string[];
  readonly state: 'up' | 'away' | 'new';
  readonly sinceMs: number;
  readonly lines: number;
  readonly lastEnd?: { readonly code: string; readonly text: string };
}

interface GatewayTest {
  readonly gateway: string;
  readonly attempts: readonly Attempt[];
  readonly fault?: { readonly code: string; readonly text: string };
}

interface Place {
  readonly isOffice: boolean;
  readonly via?: string;
  readonly carries: readonly string[];
  readonly passedTo: readonly string[];
  readonly passedFrom: readonly string[];
}

interface Peers {
  /** Why none is there; null while one is. */
  readonly gateway: { readonly code: string; readonly text: string } | null;
  readonly gateways: readonly Gateway[];
  readonly lines: readonly PeerLine[];
  readonly turnedAway: readonly TurnedAway[];
}

interface Report {
  readonly messages: number;
  readonly receipted: number;
  readonly missing: readonly { readonly row: string; readonly atMs: number }[];
  readonly receipts: number;
  readonly faults: readonly string[];
}

const DAY_MS = 86_400_000;

type Options = InstanceOptions & { readonly json?: boolean };

/** `interoffice peer …`: other servers. */
export function addPeer(program: Command): void {
  const peer = program.command('peer').description('other servers: the lines to them, and why one does not work');
  const command = (words: string, says: string, example: string): Command =>
    withInstance(peer.command(words))
      .description(says)
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  interoffice peer ${example}`);
  command('list', 'every line to another server, and who was turned away', 'list').action(async (options: Options) => {
    const peers = (await ask(dataDirOf(options), 'peer.list', {})) as Peers;
    if (options.json) printJson(peers);
    else showAll(peers);
  });
  command('show <domain>', 'one peer: its lines and the latest tries, stage by stage', 'show partner.example').action(
    async (domain: string, options: Options) => {
      const found = (await ask(dataDirOf(options), 'peer.show', { domain })) as Pick<Peers, 'lines' | 'turnedAway'> & {
        readonly place: Place;
      };
      if (options.json) return printJson(found);
      showPlace(found.place);
      for (const line of found.lines) showOne(line);
      for (const away of found.turnedAway) print(awayText(away));
    },
  );
  command(
    'test <domain>',
    'call a peer from each gateway and hang up: at which stage it works or does not',
    'test partner.example',
  ).action(async (domain: string, options: Options) => {
    const { gateways } = (await ask(dataDirOf(options), 'peer.test', { domain })) as { gateways: GatewayTest[] };
    if (options.json) printJson({ gateways });
    else for (const test of gateways) showTest(test, gateways.length);
    const fault = gateways.map(faultOf).find((text) => text !== undefined);
    if (fault !== undefined) throw new Failure('PEER_UNREACHABLE', fault);
  });
  command('records', 'the DNS records by which others find this server, and what DNS says', 'records').action(
    async (options: Options) => {
      const { domains } = (await ask(dataDirOf(options), 'peer.records', {})) as { domains: DomainRecords[] };
      if (options.json) return printJson({ domains });
      for (const { domain, records } of domains) {
        print(domain);
        for (const record of records) print(`  ${recordText(record)}`);
      }
    },
  );
  command(
    'receipts <office>',
    'another office of ours: has it said, and signed, that it has what it was sent',
    'receipts tokyo.example --since 2026-11-01',
  )
    .option('--since <time>', 'from this moment on, ISO 8601; otherwise the last day', time)
    .action(async (domain: string, options: Options & { readonly since?: string }) => {
      const sinceMs = options.since === undefined ? Date.now() - DAY_MS : Date.parse(options.since);
      const { report } = (await ask(dataDirOf(options), 'peer.receipts', { domain, sinceMs })) as { report: Report };
      if (options.json) printJson(report);
      else showReport(report);
      if (report.faults.length > 0) throw new Failure('RECEIPT_INVALID', 'Receipts of this office do not hold.');
    });
  command('retry <domain>', 'try to reach a peer now', 'retry partner.example').action(
    async (domain: string, options: Options) => {
      await ask(dataDirOf(options), 'peer.retry', { domain });
      print(`${domain} is being called; interoffice peer show ${domain} says what became of it.`);
    },
  );
}

function showTest({ gateway, attempts, fault }: GatewayTest, of: number): void {
  if (of > 1) print(`From ${gateway}:`);
  for (const attempt of attempts) print(attemptText(attempt));
  if (fault) print(coloured(`${oneLine(fault.text)} [${fault.code}]`, 'red'));
}

/** Why a peer is not reached from one gateway. */
function faultOf({ gateway, attempts, fault }: GatewayTest): string | undefined {
  const last = attempts.at(-1);
  if (last?.code === 'ok') return undefined;
  return `From ${gateway}: ${fault?.text ?? last?.text ?? 'Nothing was tried.'}`;
}

function showReport({ messages, receipted, missing, receipts, faults }: Report): void {
  printFacts([
    ['Messages to it', String(messages)],
    ['With a receipt', String(receipted)],
    ['Receipts', `${receipts}${faults.length === 0 ? ', all of which hold' : ''}`],
  ]);
  for (const { row, atMs } of missing) print(`without a receipt: ${row} of ${moment(atMs)}`);
  for (const fault of faults) print(coloured(fault, 'red'));
}

function showAll({ gateways, lines, turnedAway }: Peers): void {
  for (const one of gateways) if (gateways.length > 1 || one.state !== 'up') print(gatewayText(one));
  if (lines.length === 0) print('No lines: nothing has been sent to other servers yet.');
  else
    printTable(
      ['PEER', 'OURS', 'STATE', 'SINCE', 'GATEWAY', 'UNDER WAY', 'WHY NOT'],
      lines.map((line) => [
        line.peer,
        line.domain,
        line.state,
        moment(line.sinceMs),
        line.gateway ?? '',
        String(line.unacknowledged),
        line.state === 'up' ? '' : oneLine(line.lastEnd?.text ?? ''),
      ]),
    );
  for (const away of turnedAway) print(awayText(away));
}

function showPlace({ isOffice, via, carries, passedTo, passedFrom }: Place): void {
  if (isOffice) print('Another office of ours.');
  if (via !== undefined) print(`Everything to it and from it goes through ${via}.`);
  if (carries.length > 0) print(`Through it are reached: ${carries.join(', ')}`);
  if (passedTo.length > 0) print(`What it sends is passed on here to: ${passedTo.join(', ')}`);
  if (passedFrom.length > 0) print(`Passed on here to it is what comes from: ${passedFrom.join(', ')}`);
}

function showOne(line: PeerLine): void {
  printFacts([
    ['Peer', line.peer],
    ['Ours', line.domain],
    ['State', `${line.state} since ${moment(line.sinceMs)}`],
    ...(line.via === undefined ? [] : ([['Via', line.via]] as const)),
    ['Gateway', line.gateway ?? 'none that is there'],
    ['Address', line.address ?? ''],
    ['Direction', line.openedBy === 'peer' ? `${line.direction}, opened by the peer` : line.direction],
    ['Acknowledges', line.isCounted ? 'yes (XEP-0198)' : 'no'],
    ['Under way', `${line.unacknowledged} stanzas sent and not acknowledged`],
    ['Last end', line.lastEnd ? `${line.lastEnd.text} [${line.lastEnd.code}]` : ''],
    ['Next try', line.nextTryAtMs === undefined ? '' : moment(line.nextTryAtMs)],
  ]);
  for (const attempt of line.attempts) print(`  ${attemptText(attempt)}`);
}

function gatewayText({ name, domains, state, sinceMs, lines, lastEnd }: Gateway): string {
  const words = { up: `up, carries ${lines} lines`, away: 'away', new: 'not reached yet' }[state];
  const why = lastEnd ? `: ${oneLine(lastEnd.text)} [${lastEnd.code}]` : '';
  const says = `${coloured(words, state === 'up' ? 'green' : 'red')} since ${moment(sinceMs)}${why}`;
  return `Gateway ${name} (${domains.join(', ')}) ${says}`;
}

function recordText({ name, type, value, state, text }: PublishedRecord): string {
  const mark = coloured(state.padEnd(7), state === 'there' ? 'green' : 'red');
  return `${mark} ${name}. ${type} ${value}${text === '' ? '' : ` → ${oneLine(text)}`}`;
}

function attemptText({ atMs, tookMs, address, port, stage, code, text, gateway }: Attempt): string {
  const where = address === undefined ? '' : ` ${address}:${port ?? ''}`;
  const from = gateway === undefined || gateway === 'local' ? '' : ` from ${gateway}`;
  return `${moment(atMs)}${from} ${stage}${where} ${code} after ${Math.round(tookMs)} ms: ${oneLine(text)}`;
}

function awayText({ peer, remote, atMs, code, text }: TurnedAway): string {
  return `${moment(atMs)} ${peer} came from ${remote} and was not let in: ${oneLine(text)} [${code}]`;
}

function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

import type { Command } from 'commander';
import { ask } from './control-client.js';
import { dataDirOf, type InstanceOptions, withInstance } from './instance.js';
import { coloured, oneLine, print, printFacts, printJson, printTable } from './terminal.js';

interface Attempt {
  readonly atMs: number;
  readonly tookMs: number;
  readonly address?: string;
  readonly port?: number;
  readonly stage: string;
  readonly code: string;
  readonly text: string;
}

interface PeerLine {
  readonly domain: string;
  readonly peer: string;
  readonly state: 'up' | 'calling' | 'idle';
  readonly sinceMs: number;
  readonly address?: string;
  readonly isCounted: boolean;
  readonly unacknowledged: number;
  readonly lastEnd?: { readonly code: string; readonly text: string };
  readonly nextTryAtMs?: number;
  readonly attempts: readonly Attempt[];
}

interface TurnedAway {
  readonly peer: string;
  readonly atMs: number;
  readonly code: string;
  readonly text: string;
}

interface Peers {
  readonly gateway: { readonly code: string; readonly text: string } | null;
  readonly lines: readonly PeerLine[];
  readonly turnedAway: readonly TurnedAway[];
}

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
      const found = (await ask(dataDirOf(options), 'peer.show', { domain })) as Omit<Peers, 'gateway'>;
      if (options.json) return printJson(found);
      for (const line of found.lines) showOne(line);
      for (const away of found.turnedAway) print(awayText(away));
    },
  );
  command('retry <domain>', 'try to reach a peer now', 'retry partner.example').action(
    async (domain: string, options: Options) => {
      await ask(dataDirOf(options), 'peer.retry', { domain });
      print(`${domain} is being called; interoffice peer show ${domain} says what became of it.`);
    },
  );
}

function showAll({ gateway, lines, turnedAway }: Peers): void {
  if (gateway) print(`${coloured('The gateway is away', 'red')}: ${gateway.text}`);
  if (lines.length === 0) print('No lines: nothing has been sent to other servers yet.');
  else
    printTable(
      ['PEER', 'OURS', 'STATE', 'SINCE', 'UNDER WAY', 'WHY NOT'],
      lines.map((line) => [
        line.peer,
        line.domain,
        line.state,
        moment(line.sinceMs),
        String(line.unacknowledged),
        line.state === 'up' ? '' : oneLine(line.lastEnd?.text ?? ''),
      ]),
    );
  for (const away of turnedAway) print(awayText(away));
}

function showOne(line: PeerLine): void {
  printFacts([
    ['Peer', line.peer],
    ['Ours', line.domain],
    ['State', `${line.state} since ${moment(line.sinceMs)}`],
    ['Address', line.address ?? ''],
    ['Acknowledges', line.isCounted ? 'yes (XEP-0198)' : 'no'],
    ['Under way', `${line.unacknowledged} stanzas sent and not acknowledged`],
    ['Last end', line.lastEnd ? `${line.lastEnd.text} [${line.lastEnd.code}]` : ''],
    ['Next try', line.nextTryAtMs === undefined ? '' : moment(line.nextTryAtMs)],
  ]);
  for (const { atMs, tookMs, address = '', port = '', stage, code, text } of line.attempts) {
    const where = address === '' ? '' : ` ${address}:${port}`;
    print(`  ${moment(atMs)} ${stage}${where} ${code} after ${Math.round(tookMs)} ms: ${oneLine(text)}`);
  }
}

function awayText({ peer, atMs, code, text }: TurnedAway): string {
  return `${moment(atMs)} ${peer} came and was not let in: ${oneLine(text)} [${code}]`;
}

function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

import { coloured, oneLine, print, printTable } from './terminal.js';

/** A certificate, as `cert list` shows it. */
export interface Row {
  readonly whose: string;
  readonly domain: string;
  readonly state: string;
  readonly text: string;
  readonly names: readonly string[];
  readonly notAfter?: number;
}

interface Care {
  readonly renewal?: {
    readonly by: string;
    readonly nextAt: number;
    readonly failed?: { readonly text: string; readonly count: number };
  };
  readonly probe?: readonly {
    readonly domain: string;
    readonly state: string;
    readonly at: number;
    readonly text: string;
  }[];
}

export interface Standing extends Care {
  readonly names: readonly string[];
  /** Those in processes of their own. */
  readonly gateways: readonly (Care & { readonly name: string })[];
  readonly warnings: readonly { readonly text: string }[];
}

/** A request, as `cert requests` shows it. Times in milliseconds. */
export interface Request {
  readonly id: string;
  readonly names: readonly string[];
  readonly state: string;
  readonly madeAt: number;
  readonly waiting?: { readonly since: number; readonly of: string };
  readonly answer?: { readonly issuer: string; readonly notAfter: number };
}

const COLOURS: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = {
  good: 'green',
  'ends-soon': 'yellow',
  provisional: 'yellow',
};

export function showCertificates(items: readonly Row[], { gateways, warnings, ...own }: Standing): void {
  printTable(
    ['WHOSE', 'DOMAIN', 'STATE', 'ENDS', 'NAMES'],
    items.map(({ whose, domain, state, notAfter, names }) => [
      whose,
      domain,
      state,
      notAfter === undefined ? '' : day(notAfter),
      oneLine(names.join(', ')),
    ]),
  );
  for (const { domain, state, text } of items) {
    if (text !== '') print(`${coloured(state, COLOURS[state] ?? 'red')} ${domain}: ${text}`);
  }
  for (const { text } of warnings) print(`${coloured('warning', 'yellow')} ${text}`);
  showCare(own);
  for (const { name, ...care } of gateways) {
    print(`Gateway ${name}:`);
    showCare(care);
  }
}

function showCare({ renewal, probe = [] }: Care): void {
  if (renewal) {
    const failed = renewal.failed ? ` Failed ${renewal.failed.count} times: ${renewal.failed.text}` : '';
    print(`Renewed by ${renewal.by}, next at ${moment(renewal.nextAt)}.${failed}`);
  }
  for (const { domain, state, at, text } of probe) {
    print(
      `${coloured(state, state === 'ours' ? 'green' : 'red')} ${domain} from outside at ${moment(at)}: ${oneLine(text)}`,
    );
  }
}

export function showRequests(items: readonly Request[], now: number): void {
  if (items.length === 0) return print('No requests. Make one with: interoffice cert request');
  printTable(
    ['REQUEST', 'STATE', 'MADE', 'NAMES'],
    items.map((item) => [item.id, stateText(item, now), day(item.madeAt), oneLine(item.names.join(', '))]),
  );
}

export function stateText({ state, waiting, answer }: Request, now: number): string {
  if (waiting)
    return `waiting for ${oneLine(waiting.of)} since ${day(waiting.since)} (${lasting(now - waiting.since)})`;
  return answer ? `${state}, ends ${day(answer.notAfter)}` : state;
}

function lasting(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 1) return 'less than an hour';
  const [count, unit] = hours < 48 ? [hours, 'hour'] : [Math.floor(hours / 24), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

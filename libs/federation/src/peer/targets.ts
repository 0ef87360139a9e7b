import type { SrvRecord } from 'node:dns';

/** One way to a server that DNS, or a route, names. */
export interface Target {
  /** A name, or an address. */
  readonly host: string;
  readonly port: number;
  /** `tls`: TLS from the first byte. XEP-0368 */
  readonly kind: 'tcp' | 'tls';
}

/** The records of both services; undefined where DNS has none. */
export interface Records {
  /** `_xmpps-server._tcp` */
  readonly direct: readonly SrvRecord[] | undefined;
  /** `_xmpp-server._tcp` */
  readonly starttls: readonly SrvRecord[] | undefined;
}

/** F-11: nobody needs more, and a domain of somebody else's decides how many there are. */
export const MOST_TARGETS = 10;
const STARTTLS_PORT = 5269;

/**
 * Where a domain is to be called, in this order; empty when its records say that it is not (RFC 2782: a target of `.`).
 * Both services count as one list (XEP-0368 §2): by priority, and within one by chance according to the weights. Without
 * any record it is the domain itself at 5269 (RFC 6120 §3.2.2). `random` gives numbers from 0 to below 1.
 */
export function targetsOf(domain: string, { direct, starttls }: Records, random: () => number): Target[] {
  if (direct === undefined && starttls === undefined) return [{ host: domain, port: STARTTLS_PORT, kind: 'tcp' }];
  const records = [...labelled(direct, 'tls'), ...labelled(starttls, 'tcp')].filter(
    ({ name }) => name !== '' && name !== '.',
  );
  const ordered = inOrder(records, random);
  return ordered.slice(0, MOST_TARGETS).map(({ name, port, kind }) => ({ host: name.replace(/\.$/, ''), port, kind }));
}

/** What RFC 2782 orders records by. */
interface Weighted {
  readonly priority: number;
  readonly weight: number;
}

/** By priority, and within one by chance according to the weights: RFC 2782, "Usage rules". `random` as above. */
export function inOrder<T extends Weighted>(records: readonly T[], random: () => number): T[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].toSorted((a, b) => a - b);
  return priorities.flatMap((priority) =>
    byWeight(
      records.filter((record) => record.priority === priority),
      random,
    ),
  );
}

type Labelled = SrvRecord & { readonly kind: Target['kind'] };

function labelled(records: readonly SrvRecord[] | undefined, kind: Target['kind']): Labelled[] {
  return (records ?? []).map((record) => ({ ...record, kind }));
}

/** RFC 2782, "Weight": the next one is drawn until none is left; those without weight come last, as a rule. */
function byWeight<T extends Weighted>(records: readonly T[], random: () => number): T[] {
  const left = records.toSorted((a, b) => a.weight - b.weight);
  const drawn: T[] = [];
  while (left.length > 0 && drawn.length < MOST_TARGETS) {
    const sum = left.reduce((total, { weight }) => total + weight, 0);
    let at = Math.floor(random() * (sum + 1));
    let index = left.findIndex(({ weight }) => (at -= weight) <= 0);
    if (index < 0) index = left.length - 1;
    drawn.push(...left.splice(index, 1));
  }
  return drawn;
}

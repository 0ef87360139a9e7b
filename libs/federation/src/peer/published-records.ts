// What public DNS has to say so that others find a domain of ours, and whether it does. RFC 6120 §3.2, XEP-0368
import type { SrvRecord } from 'node:dns';
import { domainToASCII } from 'node:url';
import { isNothing, type Lookups } from './resolve.js';

/** Where a domain of ours is served. */
export interface PublishedAt {
  readonly domain: string;
  /** The public name of the gateway. */
  readonly host: string;
  /** The ports that others reach; undefined: they are not to. */
  readonly starttls: number | undefined;
  readonly direct: number | undefined;
}

/** One record, as it is to be published, and what DNS says instead. */
export interface PublishedRecord {
  readonly name: string;
  readonly type: 'SRV' | 'A or AAAA';
  /** As it stands in a zone file; of addresses: what they have to be of. */
  readonly value: string;
  /** `beside`: it is there, and others that lead elsewhere as well. `unknown`: DNS did not answer. */
  readonly state: 'there' | 'beside' | 'missing' | 'other' | 'unknown';
  /** What DNS says. */
  readonly found: readonly string[];
  /** What it means, and what to do; empty when nothing is. */
  readonly text: string;
}

/** Every record that others need, in the order in which they would be asked for; never rejects for what DNS does. */
export async function checkRecords(at: PublishedAt, lookups: Lookups): Promise<PublishedRecord[]> {
  return Promise.all([
    checkService(at, { service: '_xmpps-server._tcp', port: at.direct }, lookups),
    checkService(at, { service: '_xmpp-server._tcp', port: at.starttls }, lookups),
    checkHost(at, lookups),
  ]);
}

interface Service {
  readonly service: string;
  readonly port: number | undefined;
}

async function checkService(at: PublishedAt, { service, port }: Service, lookups: Lookups): Promise<PublishedRecord> {
  const domain = domainToASCII(at.domain);
  const host = domainToASCII(at.host);
  const name = `${service}.${domain}`;
  // RFC 2782: a target of "." says that the service is not there; without it others would try the domain itself.
  const wanted = port === undefined ? '0 0 0 .' : `5 10 ${port} ${host}.`;
  const told = { name, type: 'SRV' as const, value: wanted };
  const records = await answered(() => lookups.resolveSrv(name));
  if (records === undefined) return unanswered(told);
  const isOurs = (record: SrvRecord): boolean =>
    port === undefined ? nameOf(record) === '' : record.port === port && nameOf(record) === host;
  const found = records.map((record) => `${record.priority} ${record.weight} ${record.port} ${nameOf(record)}.`);
  const ours = records.filter(isOurs);
  if (records.length === 0) return { ...told, state: 'missing', found, text: missing(at, name, port) };
  if (ours.length === records.length) return { ...told, state: 'there', found, text: '' };
  if (ours.length > 0) {
    const text = `Other servers are named beside this one: some of the others will call them, and not be answered by us. Take them out unless they are ours too.`;
    return { ...told, state: 'beside', found, text };
  }
  return {
    ...told,
    state: 'other',
    found,
    text: `Others are led elsewhere. Put this record in the place of what is there.`,
  };
}

function missing({ domain, starttls }: PublishedAt, name: string, port: number | undefined): string {
  if (port === undefined) return `Not needed; published, it says that nobody has to try.`;
  const fallback =
    starttls === 5269 ? `others will try ${domain} itself at port 5269, and nothing else` : 'others will not find us';
  return `Publish ${name}. Without any such record ${fallback}.`;
}

async function checkHost({ host }: PublishedAt, lookups: Lookups): Promise<PublishedRecord> {
  const name = domainToASCII(host);
  const told = { name, type: 'A or AAAA' as const, value: 'the public addresses of this gateway' };
  const [four, six] = await Promise.all([
    answered(() => lookups.resolve4(name)),
    answered(() => lookups.resolve6(name)),
  ]);
  if (four === undefined || six === undefined) return unanswered(told);
  const found = [...six, ...four];
  if (found.length > 0) return { ...told, state: 'there', found, text: '' };
  return {
    ...told,
    state: 'missing',
    found,
    text: `DNS knows no address of ${name}: others find our name and cannot call it.`,
  };
}

/** Undefined: no answer, in contrast to an answer that there is nothing. */
async function answered<T>(ask: () => Promise<T[]>): Promise<T[] | undefined> {
  try {
    return await ask();
  } catch (error) {
    return isNothing(error) ? [] : undefined;
  }
}

function unanswered(told: Pick<PublishedRecord, 'name' | 'type' | 'value'>): PublishedRecord {
  const text =
    'DNS did not answer. Whether others get an answer cannot be said from here; try again, or check the DNS servers of this gateway.';
  return { ...told, state: 'unknown', found: [], text };
}

function nameOf({ name }: SrvRecord): string {
  return name.replace(/\.$/, '').toLowerCase();
}

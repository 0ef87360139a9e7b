import type { Entry } from 'ldapts';
import { Failure } from '@interoffice/telemetry';
import type { LdapConnection } from '../connection.js';
import { textOf } from '../entry.js';
import { basesOf } from '../source-options.js';
import type { Examined } from './examination.js';
import { bad, good, type Finding, type Step, warning } from './finding.js';

const PAGED_RESULTS = '1.2.840.113556.1.4.319';
/** supportedCapabilities of every Active Directory ([MS-ADTS] 3.1.1.3.4.3.1). */
const ACTIVE_DIRECTORY = '1.2.840.113556.1.4.800';
const MOST_SKEW_MS = 60_000;
const WORST_SKEW_MS = 5 * 60_000;
const ROOT_ATTRIBUTES = [
  'vendorName',
  'vendorVersion',
  'namingContexts',
  'supportedControl',
  'supportedCapabilities',
  'domainControllerFunctionality',
  'dnsHostName',
  'currentTime',
];

/** What the directory says of itself: service account, vendor, paging, references, clock. */
export function rootSteps(examined: Examined): readonly Step[] {
  const { options, pool } = examined;
  const [base = ''] = basesOf(options);
  const root = async (): Promise<Entry> => pool.use((connection) => readRoot(connection));
  return [
    {
      name: 'service account',
      remedy: 'Check bind-dn and password of the source, and that the account is neither disabled nor expired.',
      look: async () => {
        await root();
        return good(`bound as ${options.bindDn}`);
      },
    },
    {
      name: 'root DSE',
      remedy: 'The service account must be allowed to read the root DSE.',
      look: async () => describeRoot(await root(), options.kind),
    },
    {
      name: 'paged results',
      remedy: 'Without paged results (RFC 2696) large directories cannot be read to the end; permit them for bind-dn.',
      look: async () => pagingFinding(await root(), await pool.use((connection) => twoPages(connection, base))),
    },
    {
      name: 'referrals',
      remedy: 'Check the base of the source.',
      look: async () => {
        const found = await pool.use((connection) =>
          connection.searchAll(base, { scope: 'sub', attributes: ['1.1'], sizeLimit: 2, filter: '(objectClass=*)' }),
        );
        return referralFinding(found.searchReferences);
      },
    },
    {
      name: 'clock',
      remedy: 'Set both clocks by the same time server.',
      look: async () => clockFinding(await root(), examined.clock.now()),
    },
  ];
}

async function readRoot(connection: LdapConnection): Promise<Entry> {
  const [root] = await connection.search('', { scope: 'base', attributes: ROOT_ATTRIBUTES });
  if (!root) throw new Failure('DIRECTORY_READ_REFUSED', 'the root DSE is not shown to the service account');
  return root;
}

async function twoPages(connection: LdapConnection, base: string): Promise<number> {
  let pages = 0;
  for await (const page of connection.pages(base, { scope: 'sub', attributes: ['1.1'], paged: { pageSize: 1 } })) {
    pages += page.length > 0 ? 1 : 0;
    if (pages === 2) break;
  }
  return pages;
}

function describeRoot(root: Entry, kind = 'inetorgperson'): Omit<Finding, 'name'> {
  const isActiveDirectory = valuesOf(root, 'supportedCapabilities').includes(ACTIVE_DIRECTORY);
  const vendor = [textOf(root, 'vendorName'), textOf(root, 'vendorVersion')].filter(Boolean).join(' ');
  const level = textOf(root, 'domainControllerFunctionality');
  const detail = [
    isActiveDirectory ? 'Active Directory' : vendor || 'a directory that does not tell its vendor',
    ...(level === undefined ? [] : [`functional level ${level}`]),
    `holds ${valuesOf(root, 'namingContexts').join(' and ') || 'what it does not tell'}`,
  ].join('; ');
  if (isActiveDirectory && kind !== 'active-directory')
    return warning(detail, `This is an Active Directory: set kind: active-directory in place of ${kind}.`);
  if (!isActiveDirectory && kind === 'active-directory')
    return bad(detail, 'This is no Active Directory: set another kind, such as inetorgperson.');
  return good(detail);
}

function pagingFinding(root: Entry, pages: number): Omit<Finding, 'name'> {
  const isOffered = valuesOf(root, 'supportedControl').includes(PAGED_RESULTS);
  if (pages === 2) return good('two pages of one entry each were read');
  return isOffered
    ? warning('offered, but there was no second entry to read', 'Check that there are people below the base.')
    : bad('not offered by the directory', 'Permit paged results (RFC 2696) for bind-dn.');
}

/** Every domain of Active Directory refers to its own configuration and DNS zones, where no people are. */
const HARMLESS = /\/(CN=Configuration|DC=DomainDnsZones|DC=ForestDnsZones),/i;

function referralFinding(all: readonly string[]): Omit<Finding, 'name'> {
  const references = all.filter((reference) => !HARMLESS.test(reference));
  if (references.length === 0) return good(all.length === 0 ? 'none below the base' : 'none to where people could be');
  return warning(
    `${references.length} below the base, not followed: ${references.slice(0, 3).join(', ')}`,
    'Their people are not found here. Name the other directory as a source of its own, or choose a base without them.',
  );
}

function clockFinding(root: Entry, now: number): Omit<Finding, 'name'> {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(textOf(root, 'currentTime') ?? '');
  if (!parts) return good('not compared: this directory does not tell its time');
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  const skewMs = Math.abs(Date.UTC(year!, month! - 1, day, hour, minute, second) - now);
  const detail = `${Math.round(skewMs / 1000)} s apart`;
  if (skewMs > WORST_SKEW_MS)
    return bad(
      detail,
      'Kerberos refuses more than five minutes, and accounts expire at the wrong moment: set the clocks.',
    );
  return skewMs > MOST_SKEW_MS ? warning(detail, 'Set both clocks by the same time server.') : good(detail);
}

function valuesOf(entry: Entry, attribute: string): readonly string[] {
  const key = Object.keys(entry).find((name) => name.toLowerCase() === attribute.toLowerCase());
  const value = key === undefined ? [] : entry[key];
  return [value ?? []].flat().map(String);
}

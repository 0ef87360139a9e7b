import { resolve } from 'node:path';
import { address, choice, domain, duration, flag, secret, text, url, whole } from './kinds.js';
import { type Checked, either, group, list, optional } from './schema.js';
import type { Objection } from './settings.js';
import type { SocketAddress } from './units.js';

const acme = group(
  {
    directory: url(['https'], { says: 'The directory of the ACME server.' }),
    'account-key': text({
      says: 'PEM file of the key of our account there; made when it is missing.',
      initial: './acme-account.key',
    }),
    'agrees-to-terms': flag({ says: 'Somebody has read its terms of service and agrees to them.', initial: false }),
    mail: optional(list(text({ says: 'An address.' }), { says: 'Where the operator may write to.' })),
    trust: optional(
      list(text({ says: 'A file.' }), {
        says: 'PEM files of the only authorities that may vouch for the server; without it the public ones.',
      }),
    ),
    'key-id': optional(text({ says: 'Of an account made at the operator’s (external account binding).' })),
    'hmac-key': optional(secret({ says: 'Its key, base64url.' })),
    http: optional(
      address({
        says: 'Where challenges are answered over HTTP, while there are some; the world has to reach it at port 80.',
      }),
    ),
    dns: optional(
      list(text({ says: 'A word.' }), {
        says: 'A program and its arguments; called with `publish` or `withdraw`, the name of a TXT record and its value.',
      }),
    ),
  },
  { says: 'By ACME (RFC 8555).' },
);

const company = group(
  {
    authority: text({ says: 'Folder of the issuing authority (`interoffice cert ca init`).' }),
    days: whole({ least: 1, most: 825 }, { says: 'How long a certificate is good.', initial: 90 }),
  },
  { says: 'By an authority of the company, on this machine.' },
);

const renew = either(
  [
    choice(['none'], { says: 'By people.' }),
    group(
      {
        before: optional(
          duration({ says: 'So long before the end; without it when two thirds of its life are over.' }),
        ),
        acme: optional(acme),
        company: optional(company),
      },
      { says: 'One of `acme` and `company`.' },
    ),
  ],
  { says: 'Who renews the certificate; open streams stay, whatever fails the one in use is kept.', initial: 'none' },
);

const probe = group(
  {
    every: duration({
      says: 'How often, from 1s to 45s: with what a call takes an alarm comes within a minute.',
      initial: '30s',
    }),
    keys: optional(
      list(text({ says: 'A key.' }), {
        says: 'Keys of other gateways of ours that answer to the same names: SHA-256 of the public key in base64.',
      }),
    ),
  },
  {
    says: 'We call our own domains as other servers do, and raise an alarm when the certificate that is shown is not ours. Where the gateway is apart this is set there.',
  },
);

/** Our own certificate: where it lies, who renews it, who watches it. */
export const certificate = optional(
  group(
    {
      certificate: optional(text({ says: 'PEM file: the certificate, and the chain behind it.' })),
      key: optional(
        text({
          says: 'PEM file of its private key, not encrypted; without it the key stands in the file of the certificate.',
        }),
      ),
      chain: optional(text({ says: 'PEM file of the chain, when it is apart.' })),
      names: optional(
        list(domain({ says: 'A domain.' }), {
          says: 'What it has to name; without it the domains and services. Others are not asked for and not missed.',
        }),
      ),
      renew,
      probe: optional(probe),
    },
    {
      says: 'Your own server certificate. Without `certificate` the one that `interoffice cert` has put in place, and until then one from the own authority.',
    },
  ),
);

type Read = NonNullable<Checked<typeof certificate>>;

/** Who renews the certificate. Paths are absolute. */
export type RenewalSettings = { readonly beforeMs: number | undefined } & (
  | { readonly by: 'acme'; readonly acme: AcmeSettings }
  | { readonly by: 'company'; readonly authority: string; readonly days: number }
);

/** An ACME server, our account with it, and how names are proven. */
export interface AcmeSettings {
  readonly directory: string;
  readonly accountKey: string;
  readonly agreesToTerms: boolean;
  readonly mail: readonly string[] | undefined;
  readonly trust: readonly string[] | undefined;
  readonly external: { readonly keyId: string; readonly hmacKey: string } | undefined;
  readonly http: SocketAddress | undefined;
  readonly dns: readonly string[] | undefined;
}

/** What is set about our own certificate beside its files. */
export interface CertificateSettings {
  readonly names: readonly string[] | undefined;
  readonly renewal: RenewalSettings | undefined;
  readonly probe: { readonly everyMs: number; readonly keys: readonly string[] } | undefined;
}

/** Absolute paths of key and certificate. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  readonly chain?: string;
}

/** Where the pair is, when the settings say so. */
export function certificateFiles(
  read: Read | undefined,
  directory: string,
  object: Objection,
): CertificateFiles | undefined {
  if (read?.certificate === undefined) {
    if (read?.key !== undefined || read?.chain !== undefined) {
      object(['certificate'], 'key and chain belong to a certificate; give certificate.certificate');
    }
    return undefined;
  }
  const certificateFile = resolve(directory, read.certificate);
  return {
    certificate: certificateFile,
    key: read.key === undefined ? certificateFile : resolve(directory, read.key),
    ...(read.chain === undefined ? {} : { chain: resolve(directory, read.chain) }),
  };
}

const LONGEST_PROBE_MS = 45_000;

/** Everything else that is set about it. */
export function composeCertificate(read: Read | undefined, directory: string, object: Objection): CertificateSettings {
  const { names, probe: wanted } = read ?? {};
  if (wanted && (wanted.every > LONGEST_PROBE_MS || wanted.every < 1000)) {
    object(['certificate', 'probe', 'every'], 'expected a duration from 1s to 45s');
  }
  return {
    names,
    renewal: read && composeRenewal(read, directory, object),
    probe: wanted && { everyMs: wanted.every, keys: wanted.keys ?? [] },
  };
}

function composeRenewal(read: Read, directory: string, object: Objection): RenewalSettings | undefined {
  const at = ['certificate', 'renew'];
  if (read.renew === 'none') return undefined;
  const { before: beforeMs, acme: by, company: authority } = read.renew;
  const isOneFile = read.chain === undefined && (read.key === undefined || read.key === read.certificate);
  if (!isOneFile) object(at, 'what is renewed is one file with key and certificate: leave key and chain out');
  if ((by === undefined) === (authority === undefined)) object(at, 'give one of acme and company');
  if (authority) {
    return { beforeMs, by: 'company', authority: resolve(directory, authority.authority), days: authority.days };
  }
  return by && { beforeMs, by: 'acme', acme: composeAcme(by, directory, object) };
}

function composeAcme(read: Checked<typeof acme>, directory: string, object: Objection): AcmeSettings {
  const { keyId, hmacKey, http, dns } = read;
  const at = ['certificate', 'renew', 'acme'];
  if ((http === undefined) === (dns === undefined)) object(at, 'give one of http and dns: names are proven by it');
  if ((keyId === undefined) !== (hmacKey === undefined)) object(at, 'key-id and hmac-key belong together');
  return {
    directory: read.directory,
    accountKey: resolve(directory, read.accountKey),
    agreesToTerms: read.agreesToTerms,
    mail: read.mail,
    trust: read.trust?.map((file) => resolve(directory, file)),
    external: keyId !== undefined && hmacKey !== undefined ? { keyId, hmacKey } : undefined,
    http,
    dns,
  };
}

import { certificate } from './certificate.js';
import { federation } from './federation.js';
import { gateway } from './gateway.js';
import { address, choice, domain, domainOrFalse, duration, flag, listener, secret, text, url, whole } from './kinds.js';
import { ldapSource } from './ldap-source.js';
import { either, group, list, optional } from './schema.js';

const postgres = group(
  {
    url: url(['postgres', 'postgresql'], { says: 'Where PostgreSQL 16 or newer answers.' }),
    password: optional(secret({ says: 'Password of the user in the URL.' })),
  },
  { says: 'An external PostgreSQL.' },
);

const listen = group(
  {
    c2s: listener({ says: 'Clients, STARTTLS.', initial: '0.0.0.0:5222' }),
    'c2s-tls': listener({ says: 'Clients, direct TLS (XEP-0368).', initial: '0.0.0.0:5223' }),
    https: listener({ says: 'Console, chat, API, WebSocket, BOSH, uploads, host-meta.', initial: '0.0.0.0:8443' }),
    s2s: listener({ says: 'Other servers, STARTTLS.', initial: '0.0.0.0:5269' }),
    's2s-tls': listener({ says: 'Other servers, direct TLS.', initial: '0.0.0.0:5270' }),
    components: listener({ says: 'Components (XEP-0114).', initial: '127.0.0.1:5347' }),
    metrics: listener({
      says: '/metrics, /live and /ready, without a log-in: keep it inside.',
      initial: '127.0.0.1:9095',
    }),
  },
  { says: 'Addresses to listen on; false switches one off.' },
);

const clients = group(
  {
    tls: choice(['required', 'optional'], {
      says: '`optional` lets clients log in without TLS; accepted on loopback listeners only.',
      initial: 'required',
    }),
    'channel-binding': flag({ says: 'Offer the -PLUS mechanisms (RFC 5802, XEP-0440).', initial: true }),
    'resume-within': duration({
      says: 'How long a device whose connection was cut is kept, and shown as available, so that it can go on (XEP-0198).',
      initial: '10 minutes',
    }),
  },
  { says: 'Client connections.' },
);

const services = group(
  {
    rooms: optional(domain({ says: 'Address of the rooms; without it `conference.` before the first domain.' })),
    upload: optional(domain({ says: 'Address of the file upload; without it `upload.` before the first domain.' })),
    pubsub: optional(domain({ says: 'Address of publish-subscribe; without it `pubsub.` before the first domain.' })),
  },
  { says: 'Addresses of the services.' },
);

const roomTemplate = group(
  {
    name: text({ says: 'Name of the template, for `interoffice room create --template`.' }),
    office: optional(text({ says: 'The office its rooms belong to; without it that of who makes one.' })),
    description: optional(text({ says: 'What such rooms are for.' })),
    'members-only': flag({ says: 'For members only.', initial: true }),
    public: flag({ says: 'Found by who looks for rooms.', initial: true }),
    moderated: flag({ says: 'Who comes in has to be given voice.', initial: false }),
    'non-anonymous': flag({ says: "Everybody sees everybody's address.", initial: true }),
    'members-invite': flag({ says: 'Members too may invite.', initial: true }),
    'slow-mode': duration({
      says: 'How long a participant waits between two messages; 0s: not at all.',
      initial: '0s',
    }),
  },
  { says: 'How rooms of one kind are set up.' },
);

const rooms = group(
  {
    creation: choice(['everybody', 'admins'], {
      says: 'Who may make rooms: everybody with an account, or administrators.',
      initial: 'everybody',
    }),
    'quiet-above': whole(
      { least: 1, most: 100_000 },
      {
        says: 'In rooms with more people than this the coming and going of participants is not announced.',
        initial: 200,
      },
    ),
    'most-occupants': whole({ least: 2, most: 100_000 }, { says: 'People who may be in a room.', initial: 10_000 }),
    templates: optional(list(roomTemplate, { says: 'Kinds of rooms that administrators make.' })),
  },
  { says: 'Rooms (XEP-0045).' },
);

const seal = group(
  {
    signer: optional(
      group(
        {
          command: list(text({ says: 'A word.' }), {
            says: 'The program and its arguments, without a shell: it reads what is to be signed and writes the 64 bytes of an Ed25519 signature.',
          }),
          'public-key': text({ says: 'A PEM file with its public key.' }),
          within: duration({ says: 'How long it may take.', initial: '5s' }),
        },
        { says: 'What signs checkpoints, when the key must not lie in the data directory.' },
      ),
    ),
    witnesses: optional(
      list(
        group(
          {
            name: text({ says: 'What it is called here.' }),
            url: url(['https'], {
              says: 'Where it takes checkpoints, such as https://chat.tokyo.example:8443/witness.',
            }),
            key: text({ says: 'Its key, name+hash+base64, as `interoffice archive seal` prints it there.' }),
          },
          { says: 'A witness.' },
        ),
        { says: 'Who else signs each checkpoint after seeing that nothing before it was changed.' },
      ),
    ),
    'witness-for': optional(
      list(text({ says: 'A key, name+hash+base64.' }), {
        says: 'Logs of other offices that this appliance is a witness of.',
      }),
    ),
  },
  { says: 'How what is recorded is sealed (docs/compliance/log.md).' },
);

const archive = group(
  {
    enabled: choice(['true', 'off-for-benchmarks'], {
      says: '`off-for-benchmarks` starts on loopback listeners only and shows a banner.',
      initial: true,
    }),
    'when-unavailable': choice(['hold'], {
      says: 'Nothing is delivered unrecorded: there is no other choice.',
      initial: 'hold',
    }),
    'hold-for': duration({ says: 'Then further messages are answered with an error of type wait.', initial: '30s' }),
    encryption: choice(['allow', 'require-readable', 'forbid'], {
      says: 'End-to-end encrypted messages, which the archive cannot read: recorded as they are, refused, or refused together with the publication of keys for them.',
      initial: 'allow',
    }),
    notice: optional(text({ says: 'What clients are told of what is kept (XEP-0504), in your words.' })),
    'notice-url': optional(url(['https'], { says: 'Where the rules of the company about that stand.' })),
    seal,
  },
  { says: 'The compliance archive.' },
);

const office = group(
  {
    name: text({ says: 'Name of the office.' }),
    domains: list(domain({ says: 'A domain.' }), { says: 'Its domains; an office may share one.' }),
    encryption: optional(
      choice(['allow', 'require-readable', 'forbid'], {
        says: 'As `archive.encryption`, for its people.',
      }),
    ),
    gateway: optional(
      text({
        says: 'Its federation gateway: `local`, or where the gateway answers. Without this and `gateways`: `local`.',
      }),
    ),
    gateways: optional(
      list(text({ says: 'A gateway.' }), {
        says: 'Several, in place of `gateway`: they share the lines of its domains, and each takes over from one that is away.',
      }),
    ),
  },
  { says: 'An office.' },
);

/** Every setting of `interoffice.yaml`: what it may be, what it does, what holds without it. */
export const interofficeSchema = {
  domain: optional(domain({ says: 'The domain served: what stands behind the @ of an address.' })),
  domains: optional(
    list(domain({ says: 'A domain.' }), {
      says: 'The domains served, in place of `domain`; the first is the main one.',
    }),
  ),
  'data-dir': text({ says: 'Where everything is kept, relative to the settings file.', initial: './data' }),
  database: either([choice(['embedded'], { says: 'The one that comes along.' }), postgres], {
    says: 'PostgreSQL: the one that comes along, or your own.',
    initial: 'embedded',
  }),
  listen,
  c2s: clients,
  services,
  rooms,
  registration: flag({ says: 'Anybody may make an account (XEP-0077).', initial: false }),
  anonymous: domainOrFalse({
    says: 'A host name on which people log in without an account (SASL ANONYMOUS).',
    initial: false,
  }),
  directory: either([choice(['local', 'demo'], { says: '' }), list(ldapSource, { says: 'LDAP sources.' })], {
    says: 'Where people come from: kept here, the sample directory, or a list of LDAP sources.',
    initial: 'local',
  }),
  archive,
  federation,
  gateway,
  offices: optional(list(office, { says: 'Units of administration; without it one office with all domains.' })),
  dns: group(
    { servers: optional(list(address({ says: 'A server.' }), { says: "DNS servers; without it the system's." })) },
    { says: 'Name resolution.' },
  ),
  trust: group(
    {
      ca: optional(
        list(text({ says: 'A file.' }), { says: 'PEM files of authorities trusted beside the system ones.' }),
      ),
      crl: optional(
        list(text({ says: 'A file.' }), {
          says: 'Files, PEM or DER, of certificates that were revoked, each signed by an authority of `ca`; read again when they change.',
        }),
      ),
    },
    { says: 'One trust store for LDAP, federation, mail and OIDC.' },
  ),
  certificate,
  cluster: either(
    [
      choice(['none'], { says: 'One node.' }),
      group(
        { nats: list(url(['nats', 'tls'], { says: 'A server.' }), { says: 'The bus between nodes.' }) },
        { says: 'NATS.' },
      ),
    ],
    { says: 'More than one node needs a bus.', initial: 'none' },
  ),
};

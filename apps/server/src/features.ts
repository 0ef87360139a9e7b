import {
  BlockList,
  blocking,
  Book,
  carbons,
  CatchUp,
  Contacts,
  disco,
  type FindPerson,
  forDevice,
  HeldStreams,
  lastActivity,
  LastSeen,
  lateCopy,
  mam,
  Marks,
  offline,
  ping,
  presence,
  Resends,
  roster,
  session,
  type Sql,
  stanzaId,
  StreamManaging,
  subscribing,
  Subscriptions,
  UncleanEnds,
  time,
  vcard,
  version,
} from '@interoffice/features';
import type { ArchiveReader } from '@interoffice/archive';
import type { Accounts, Feature, Routing, Session } from '@interoffice/routing';
import type { Clock, Log } from '@interoffice/telemetry';

/** What features are given. */
export interface FeatureParts {
  readonly sql: Sql;
  readonly accounts: Accounts;
  readonly archive: ArchiveReader | undefined;
  readonly findPerson: FindPerson;
  readonly announce: Readonly<Record<'available' | 'willing', (session: Session) => void>>;
  readonly routing: () => Routing;
  /** How long a device is kept whose stream was cut. */
  readonly resumeWithinMs: number;
  readonly company: string;
  readonly version: string;
  readonly adminAddresses: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Everything this server does, in one list. The order decides nothing but the order within a phase. */
export function features(parts: FeatureParts): {
  readonly list: readonly Feature[];
  readonly managing: StreamManaging;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
} {
  const { sql, accounts, archive, clock, log } = parts;
  const book = new Book(new Contacts(sql));
  const subscriptions = new Subscriptions(book, (jid) => accounts.load(jid.bare), clock);
  const missed = forDevice(lateCopy);
  const catchUp = archive && new CatchUp({ archive, log });
  const waiting = catchUp && offline({ marks: new Marks(sql), catchUp, forDevice: missed, log });
  const { routing, resumeWithinMs } = parts;
  const held = new HeldStreams(sql);
  const resuming = { archive, catchUp, forDevice: missed, lateCopy, resumeWithinMs };
  const managing = new StreamManaging({ ...resuming, held, accounts, routing, clock, log });
  const resends = new Resends({ ends: new UncleanEnds(sql), clock, log });
  const list: Feature[] = [
    disco({ features: () => list, serverName: 'Interoffice', contacts: { 'admin-addresses': parts.adminAddresses } }),
    session(),
    ping(),
    version({ name: 'Interoffice', version: parts.version }),
    time(clock),
    lastActivity({ lastSeen: new LastSeen(sql), clock, log }),
    roster(book, subscriptions),
    subscribing(subscriptions),
    presence({ accounts, clock, announce: parts.announce }),
    blocking(new BlockList(sql), accounts),
    stanzaId(),
    carbons(),
    vcard(parts.findPerson, parts.company),
    ...(archive ? [mam(archive)] : []),
    ...(waiting ? [waiting] : []),
    managing.feature,
    ...(archive ? [resends.feature] : []),
  ];
  return {
    list,
    managing,
    start: async () => {
      await managing.start();
      if (archive) await resends.start();
    },
    stop: async () => {
      await managing.stop();
      await waiting?.stop();
      if (archive) await resends.stop();
    },
  };
}

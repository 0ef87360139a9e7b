import type { OwnSide } from '@interoffice/policy';
import { tryJid } from '@interoffice/wire';
import type { OperationParts } from './operation-parts.js';

/** An address of ours as rules see it today; undefined: it belongs to nobody here. Rejects with the database. */
export async function ownSideOf(
  { people, xmpp }: Pick<OperationParts, 'people' | 'xmpp'>,
  address: string,
): Promise<OwnSide | undefined> {
  const jid = tryJid(address)?.toBare();
  if (!jid) return undefined;
  const account = await people.records.find(jid.bare);
  if (account) {
    const found = await people.groups.groupsOf(account.id);
    return { address: jid.bare, office: account.office ?? '', groups: new Set(found.map(({ group }) => group.name)) };
  }
  const { addresses } = xmpp.routing;
  if (!addresses.find(jid)) await addresses.load(jid);
  const target = addresses.find(jid);
  if (!target || target.class === 'nobody' || target.class === 'elsewhere') return undefined;
  return { address: jid.bare, office: target.party.office.toString(), groups: new Set() };
}

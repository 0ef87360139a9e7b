import type { AccountRecord, Directory } from '@interoffice/directory';
import type { Account, AccountFacts, AccountSource, Feature } from '@interoffice/routing';
import { tryJid } from '@interoffice/wire';

/** Accounts from the directory, filled by the features that keep something about them. */
export class DirectoryAccounts implements AccountSource {
  constructor(
    private readonly directory: Pick<Directory, 'findMany'>,
    private readonly features: () => readonly Feature[],
  ) {}

  async find(bares: readonly string[]): Promise<ReadonlyMap<string, AccountFacts>> {
    const jids = bares.map((bare) => tryJid(bare)).filter((jid) => jid !== undefined);
    const records = await this.directory.findMany(jids);
    return new Map([...records].map(([bare, record]) => [bare, factsOf(record)]));
  }

  async complete(accounts: readonly Account[]): Promise<void> {
    await Promise.all(this.features().flatMap((feature) => feature.loads?.(accounts) ?? []));
  }
}

export function factsOf(record: AccountRecord): AccountFacts {
  return { id: record.id, jid: record.jid, office: record.office ?? '', isActive: record.state === 'active' };
}

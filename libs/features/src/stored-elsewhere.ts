import type { Account, Refused } from '@interoffice/routing';
import type { Element } from '@interoffice/wire';

/** An element of private storage that shows what is kept in another place, and changes that place when it is stored. */
export interface StoredElsewhere {
  readonly namespace: string;
  readonly name: string;
  /** Undefined: nothing has been stored. */
  show(account: Account): Promise<Element | undefined>;
  store(account: Account, element: Element): Promise<Refused | undefined>;
}

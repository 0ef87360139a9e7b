import { DEFAULT_CONFIG, type RoomConfig, type RoomRules } from '@interoffice/features';

/** What a company may decide about its rooms. */
export interface RoomPolicy {
  /** Who may make rooms: everybody with an account, or those who administer the company. */
  readonly creation: 'everybody' | 'admins';
  readonly mostOccupants: number;
  /** In rooms with more people than this the coming and going of participants is not announced. */
  readonly quietAbove: number;
  /** What a new room is like where its maker says nothing else. */
  readonly config?: Partial<RoomConfig>;
}

export const DEFAULT_POLICY: RoomPolicy = { creation: 'everybody', mostOccupants: 10_000, quietAbove: 200 };

/** Roles of the company that make rooms even where not everybody may. */
const ADMINISTRATORS: ReadonlySet<string> = new Set(['admin', 'helpdesk']);

export function roomRules({ creation, mostOccupants, quietAbove, config }: RoomPolicy): RoomRules {
  return {
    mayCreate: ({ facts }) => creation === 'everybody' || ADMINISTRATORS.has(facts.role),
    config: { ...DEFAULT_CONFIG, ...config },
    mostOccupants,
    quietAbove,
  };
}

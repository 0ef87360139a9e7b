import {
  Account,
  AccountList,
  AuditList,
  PeerDetail,
  PeerList,
  PolicyRuleList,
  ReportList,
  Room,
  RoomList,
  SessionList,
} from '@interoffice/contract';
import {
  HttpError,
  type DataProvider,
  type GetListParams,
  type Identifier,
  type RaRecord,
  type UpdateParams,
} from 'react-admin';
import { ask, tell } from './http.js';
import { listParameters } from './list-parameters.js';
import { configureRoom, newRoom } from './rooms/room-requests.js';

/** The lists of the console: which schema reads them and which field names a row. */
const LISTS = {
  accounts: { schema: AccountList, key: 'jid' },
  rooms: { schema: RoomList, key: 'jid' },
  peers: { schema: PeerList, key: 'domain' },
  reports: { schema: ReportList, key: 'id' },
  'policy/rules': { schema: PolicyRuleList, key: 'id' },
  sessions: { schema: SessionList, key: 'id' },
  audit: { schema: AuditList, key: 'id' },
} as const;

/** What can be looked at one by one. */
const RECORDS = { accounts: Account, rooms: Room, peers: PeerDetail } as const;

function listed(resource: string) {
  const list = LISTS[resource as keyof typeof LISTS];
  if (!list) throw new HttpError(`There is no list called ${resource}.`, 404);
  return list;
}

/** react-admin wants every row to have an `id`. */
function withId(row: object, key: string): RaRecord {
  return { ...row, id: String((row as Record<string, unknown>)[key]) };
}

function unsupported(): never {
  throw new HttpError('The console does not do this.', 405);
}

/** Suspends or restores an account; nobody is logged in to a suspended one when it resolves. */
export function setSuspended(jid: string, suspended: boolean): Promise<Account> {
  const verb = suspended ? 'suspend' : 'restore';
  return ask(Account, `/accounts/${encodeURIComponent(jid)}/${verb}`, { method: 'POST' });
}

/** Gives an account another address; devices have been logged out when it resolves. */
export function renameAccount(jid: string, to: string): Promise<Account> {
  return ask(Account, `/accounts/${encodeURIComponent(jid)}/rename`, { method: 'POST', body: { jid: to } });
}

async function record(resource: string, id: Identifier): Promise<RaRecord> {
  const schema = RECORDS[resource as keyof typeof RECORDS];
  if (!schema) unsupported();
  const path = `/${resource}/${encodeURIComponent(id)}`;
  return withId(await ask<typeof Account | typeof Room | typeof PeerDetail>(schema, path), listed(resource).key);
}

const provider = {
  async getList(resource: string, params: GetListParams) {
    const { schema, key } = listed(resource);
    const { items, total } = await ask(schema, `/${resource}`, { query: listParameters(params) });
    return { data: items.map((item) => withId(item, key)), total };
  },
  async getOne(resource: string, { id }: { id: Identifier }) {
    return { data: await record(resource, id) };
  },
  async getMany(resource: string, { ids }: { ids: Identifier[] }) {
    return { data: await Promise.all(ids.map((id) => record(resource, id))) };
  },
  async create(resource: string, { data }: { data: object }) {
    const made = resource === 'rooms' ? newRoom(data) : ask(Account, '/accounts', { method: 'POST', body: data });
    return { data: withId(await made, 'jid') };
  },
  async update(resource: string, { data, previousData }: UpdateParams) {
    if (resource !== 'rooms') unsupported();
    return { data: withId(await configureRoom(data, previousData), 'jid') };
  },
  async delete(_resource: string, { id }: { id: Identifier }) {
    await tell(`/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
    return { data: { id } };
  },
  getManyReference: unsupported,
  updateMany: unsupported,
  deleteMany: unsupported,
};

/** What react-admin asks, said in the words of our API. Its type lets each caller claim what a row is. */
export const dataProvider = provider as unknown as DataProvider;
